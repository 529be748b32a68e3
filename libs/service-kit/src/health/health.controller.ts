import { Controller, Get, Res } from '@nestjs/common';
import {
  ApiOkResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '../open-api/deferred-decorators';
import type { FastifyReply } from 'fastify';
import { Public } from '../auth/public.decorator';
import { HealthAnswers } from './health-answers';

/**
 * The health checks for a load balancer in front of the service. In production, the public port reveals
 * nothing else about health.
 */
@Public()
@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(private readonly answers: HealthAnswers) {}

  @Get('live')
  @ApiOperation({ summary: 'The process runs; says nothing about what it depends on' })
  @ApiOkResponse({ description: 'alive' })
  live(): { status: 'ok' } {
    return this.answers.live().body;
  }

  @Get('ready')
  @ApiOperation({ summary: 'Whether to send requests here; not ready while draining' })
  @ApiOkResponse({ description: 'ready, perhaps degraded' })
  @ApiServiceUnavailableResponse({ description: 'not ready' })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<{ status: string }> {
    const { httpStatus, body } = await this.answers.ready();
    reply.status(httpStatus);
    return body;
  }
}
