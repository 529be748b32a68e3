import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { RateLimiter } from '../http/rate-limiter';
import { IS_PUBLIC } from './public.decorator';
import { TokenVerifier, unauthorized } from './token-verifier';

/** Rejects requests without a valid bearer token, except to @Public() handlers, and too many requests. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly verifier: TokenVerifier,
    private readonly limiter: RateLimiter,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    try {
      if (!this.#isPublic(context)) {
        request.caller = await this.verifier.callerOf(bearerToken(request.headers.authorization));
      }
    } finally {
      // A refused token counts for its address.
      await this.limiter.count(request);
    }
    return true;
  }

  #isPublic(context: ExecutionContext): boolean {
    const places = [context.getHandler(), context.getClass()];
    return this.reflector.getAllAndOverride<boolean | undefined>(IS_PUBLIC, places) ?? false;
  }
}

function bearerToken(header: string | undefined): string {
  if (header === undefined) throw unauthorized();
  const token = /^Bearer +([\w\-.~+/]+=*)$/i.exec(header)?.[1];
  if (token === undefined) throw unauthorized('the Authorization header must be: Bearer <token>');
  return token;
}
