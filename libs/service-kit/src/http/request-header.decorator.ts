import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** One header of the request, by its lower-case name. Unlike Nest's @Headers(), it accepts a `{ schema }`. */
export const RequestHeader = createParamDecorator((name: string, context: ExecutionContext) => {
  return context.switchToHttp().getRequest<FastifyRequest>().headers[name];
});
