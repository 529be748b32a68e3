import { DatabaseHealthIndicator } from 'db-routing/nest';
import { Inject, Injectable, ServiceUnavailableException } from '@nestjs/common';
import { type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import { ServiceLifecycle } from '../boot/service-lifecycle';
import { SERVICE_DEFINITION, type ServiceDefinition } from '../service-definition';

/** The answer to a health request, on either port. */
export interface HealthAnswer<Body> {
  /** 200, or 503. */
  readonly httpStatus: number;
  readonly body: Body;
}

/** Answers the three health requests, on the public port and on the management port. */
@Injectable()
export class HealthAnswers {
  constructor(
    private readonly health: HealthCheckService,
    private readonly database: DatabaseHealthIndicator,
    private readonly lifecycle: ServiceLifecycle,
    @Inject(SERVICE_DEFINITION) private readonly definition: ServiceDefinition,
  ) {}

  /** The process runs; says nothing about its dependencies. */
  live(): HealthAnswer<{ status: 'ok' }> {
    return { httpStatus: 200, body: { status: 'ok' } };
  }

  /** Whether to send requests here. It does not say why not, because node names are not public. */
  async ready(): Promise<HealthAnswer<{ status: string }>> {
    if (this.lifecycle.isDraining) return { httpStatus: 503, body: { status: 'shutting_down' } };
    const { httpStatus, body } = await this.#check({ requirePrimary: this.definition.needsWrites });
    return { httpStatus, body: { status: body.status } };
  }

  /**
   * The complete report. It shows the health of the database itself; `ready` decides what this service can do
   * without it.
   */
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
