import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** The customer who makes the request: the verified token's subject. Not for public handlers. */
export const Customer = createParamDecorator((_: unknown, context: ExecutionContext): string => {
  const { caller } = context.switchToHttp().getRequest<FastifyRequest>();
  if (caller === undefined) throw new Error('@Customer() is used in a handler that is @Public()');
  return caller.subject;
});
