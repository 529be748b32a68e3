import { DatabaseHealthIndicator } from '@app/db-routing';
import { Controller, Get, Inject, Res, ServiceUnavailableException } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import type { HealthCheckResult } from '@nestjs/terminus';
import { HealthCheckService } from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { Public } from '../auth/public.decorator';
import { ServiceLifecycle } from '../boot/service-lifecycle';
import type { ServiceDefinition } from '../service-definition';
import { SERVICE_DEFINITION } from '../service-definition';

@Public()
@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly database: DatabaseHealthIndicator,
    private readonly lifecycle: ServiceLifecycle,
    @Inject(SERVICE_DEFINITION) private readonly definition: ServiceDefinition,
  ) {}

  @Get('live')
  @ApiOperation({ summary: 'The process runs; says nothing about what it depends on' })
  @ApiOkResponse({ description: 'alive' })
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('ready')
  @ApiOperation({ summary: 'Whether to send requests here; not ready while draining' })
  @ApiOkResponse({ description: 'ready, perhaps degraded' })
  @ApiServiceUnavailableResponse({ description: 'not ready' })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<{ status: string }> {
    if (this.lifecycle.isDraining) {
      reply.status(503);
      return { status: 'shutting_down' };
    }
    const { status } = await this.check(reply, { requirePrimary: this.definition.needsWrites });
    return { status };
  }

  @Get()
  @ApiOperation({ summary: 'The full report' })
  @ApiOkResponse({ description: 'ok or degraded' })
  @ApiServiceUnavailableResponse({
    description: 'the database is down: nothing can be read, or nothing written',
  })
  report(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthCheckResult> {
    // The database's health, whoever asks; what this service can do without it is the affair of `ready`.
    return this.check(reply, { requirePrimary: true });
  }

  private async check(reply: FastifyReply, needs: { requirePrimary: boolean }): Promise<HealthCheckResult> {
    try {
      return await this.health.check([() => this.database.check('database', needs)]);
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      // Terminus' report is the answer here, not a problem to wrap.
      reply.status(503);
      return error.getResponse() as HealthCheckResult;
    }
  }
}
