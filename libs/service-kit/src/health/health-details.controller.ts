import { Controller, Get, Res } from '@nestjs/common';
import {
  ApiOkResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '../open-api/deferred-decorators';
import type { HealthCheckResult } from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { Public } from '../auth/public.decorator';
import { HealthAnswers } from './health-answers';

/** Serves the full report on the public port. Only outside production, because the report names the nodes. */
@Public()
@ApiTags('health')
@Controller('health')
export class HealthDetailsController {
  constructor(private readonly answers: HealthAnswers) {}

  @Get()
  @ApiOperation({ summary: 'The full report; not in production, where the management port has it' })
  @ApiOkResponse({ description: 'ok or degraded' })
  @ApiServiceUnavailableResponse({
    description: 'the database is down: nothing can be read, or nothing written',
  })
  async details(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthCheckResult> {
    const { httpStatus, body } = await this.answers.details();
    reply.status(httpStatus);
    return body;
  }
}
