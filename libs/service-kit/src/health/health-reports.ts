import { DatabaseHealthIndicator } from 'db-routing/nest';
import { Inject, Injectable, ServiceUnavailableException } from '@nestjs/common';
import { type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import { ServiceLifecycle } from '../boot/service-lifecycle';
import { SERVICE_DEFINITION, type ServiceDefinition } from '../service-definition';

/** What a health question is answered with, on whichever port it was asked. */
export interface HealthAnswer<Body> {
  /** 200, or 503. */
  readonly httpStatus: number;
  readonly body: Body;
}

/** The service's health: for those who send requests here, and for those who look after it. */
@Injectable()
export class HealthReports {
  constructor(
    private readonly health: HealthCheckService,
    private readonly database: DatabaseHealthIndicator,
    private readonly lifecycle: ServiceLifecycle,
    @Inject(SERVICE_DEFINITION) private readonly definition: ServiceDefinition,
  ) {}

  /** The process runs; says nothing about what it depends on. */
  live(): HealthAnswer<{ status: 'ok' }> {
    return { httpStatus: 200, body: { status: 'ok' } };
  }

  /** Whether to send requests here, without saying why not: names of nodes are nobody's business. */
  async ready(): Promise<HealthAnswer<{ status: string }>> {
    if (this.lifecycle.isDraining) return { httpStatus: 503, body: { status: 'shutting_down' } };
    const { httpStatus, body } = await this.#check({ requirePrimary: this.definition.needsWrites });
    return { httpStatus, body: { status: body.status } };
  }

  /** Everything that is known. The database's health, whoever asks; what this service can do without it is the affair of `ready`. */
  details(): Promise<HealthAnswer<HealthCheckResult>> {
    return this.#check({ requirePrimary: true });
  }

  async #check(needs: { requirePrimary: boolean }): Promise<HealthAnswer<HealthCheckResult>> {
    try {
      const body = await this.health.check([() => this.database.check('database', needs)]);
      return { httpStatus: 200, body };
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      // Terminus' report is the answer here, not a problem to wrap.
      return { httpStatus: 503, body: error.getResponse() as HealthCheckResult };
    }
  }
}
