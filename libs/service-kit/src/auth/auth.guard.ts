import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { RateLimiter } from '../http/rate-limiter';
import { IS_PUBLIC } from './public.decorator';
import { TokenVerifier, unauthorized } from './token-verifier';

/** Rejects requests without a valid bearer token, except to @Public() handlers, and too many requests. */
@Injectable()
export class AuthGuard implements CanActivate {
  /** By class and handler, whose metadata never change. */
  readonly #public = new Map<object, Map<object, boolean>>();

  constructor(
    private readonly reflector: Reflector,
    private readonly verifier: TokenVerifier,
    private readonly limiter: RateLimiter,
  ) {}

  /** At once where nothing has to be computed or counted: a promise costs every request microseconds. */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const isPublic = this.#isPublic(context);
    if (this.limiter.counts(request)) return this.#verifyAndCount(request, isPublic);
    if (isPublic) return true;
    const token = bearerToken(request.headers.authorization);
    request.caller = this.verifier.knownCallerOf(token);
    return request.caller !== undefined || this.#verify(request, token);
  }

  async #verify(request: FastifyRequest, token: string): Promise<boolean> {
    request.caller = this.verifier.knownCallerOf(token) ?? (await this.verifier.callerOf(token));
    return true;
  }

  async #verifyAndCount(request: FastifyRequest, isPublic: boolean): Promise<boolean> {
    try {
      if (!isPublic) await this.#verify(request, bearerToken(request.headers.authorization));
    } finally {
      // A refused token counts for its address.
      await this.limiter.count(request);
    }
    return true;
  }

  #isPublic(context: ExecutionContext): boolean {
    const handler = context.getHandler();
    const controller = context.getClass();
    const known = this.#public.get(controller) ?? new Map<object, boolean>();
    this.#public.set(controller, known);
    let isPublic = known.get(handler);
    if (isPublic === undefined) {
      const places = [handler, controller];
      isPublic = this.reflector.getAllAndOverride<boolean | undefined>(IS_PUBLIC, places) ?? false;
      known.set(handler, isPublic);
    }
    return isPublic;
  }
}

function bearerToken(header: string | undefined): string {
  if (header === undefined) throw unauthorized();
  const token = /^Bearer +([\w\-.~+/]+=*)$/i.exec(header)?.[1];
  if (token === undefined) throw unauthorized('the Authorization header must be: Bearer <token>');
  return token;
}
