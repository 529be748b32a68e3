import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** The subject of the token that came with the request; undefined where none was asked for. */
    customer: string | undefined;
  }
}

/** The customer who makes the request: the verified token's subject. Not for handlers that are public. */
export const Customer = createParamDecorator((_: unknown, context: ExecutionContext): string => {
  const { customer } = context.switchToHttp().getRequest<FastifyRequest>();
  if (customer === undefined) throw new Error('@Customer() is used in a handler that is @Public()');
  return customer;
});
