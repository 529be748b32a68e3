import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { IS_PUBLIC } from './public.decorator';
import { TokenVerifier, unauthorized } from './token-verifier';

/** Rejects requests without a valid bearer token, except those to @Public() handlers. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly verifier: TokenVerifier,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (
      this.reflector.getAllAndOverride<boolean | undefined>(IS_PUBLIC, [
        context.getHandler(),
        context.getClass(),
      ])
    ) {
      return true;
    }
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    request.caller = await this.verifier.callerOf(bearerToken(request.headers.authorization));
    return true;
  }
}

function bearerToken(header: string | undefined): string {
  if (header === undefined) throw unauthorized();
  const token = /^Bearer +([\w\-.~+/]+=*)$/i.exec(header)?.[1];
  if (token === undefined) throw unauthorized('the Authorization header must be: Bearer <token>');
  return token;
}
