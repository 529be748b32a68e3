import { Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { pathOf } from '../http/request-path';
import type { Problem } from './problem';
import { toProblem } from './to-problem';

const logger = new Logger('Problem');

/** Answers a request with problem details, and logs errors that are the service's fault. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = toProblem(error);
  const status = problem.getStatus();
  if (status >= 500) logProblem(problem, error, request);
  // The response has begun and cannot be replaced; the client sees it break off.
  if (reply.sent || reply.raw.headersSent) return void reply.raw.destroy();
  void reply
    .code(status)
    .headers({ ...problem.headers, 'x-request-id': request.id, 'cache-control': 'no-store' })
    .type('application/problem+json; charset=utf-8')
    .send(
      JSON.stringify({
        type: problem.type,
        title: problem.title,
        status,
        detail: problem.detail,
        instance: pathOf(request.url),
        requestId: request.id,
        errors: problem.errors,
      }),
    );
}

function logProblem(problem: Problem, error: unknown, request: FastifyRequest): void {
  const details = { requestId: request.id, method: request.method, path: pathOf(request.url) };
  if (problem.getStatus() === 503) {
    logger.warn(error instanceof Error ? error.message : problem.message, details);
  } else {
    logger.error(error instanceof Error ? error : problem.message, details);
  }
}
