import {
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  SetMetadata,
  UnauthorizedException,
} from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { jwtVerify } from 'jose';

const IS_PUBLIC = 'isPublic';
export const Public = () => SetMetadata(IS_PUBLIC, true);

type ShopRequest = IncomingMessage & { customer?: string };

/** The subject of the token that the guard has verified. */
export const Customer = createParamDecorator(
  (_data: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<ShopRequest>().customer,
);

/** Verifies a bearer token for every request, as our services do. */
export class JwtGuard implements CanActivate {
  readonly #key: Uint8Array;

  constructor(secret: string) {
    this.#key = new TextEncoder().encode(secret);
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (Reflect.getMetadata(IS_PUBLIC, context.getHandler()) === true) return true;
    const request = context.switchToHttp().getRequest<ShopRequest>();
    const [scheme, token = ''] = (request.headers.authorization ?? '').split(' ');
    if (scheme !== 'Bearer') throw new UnauthorizedException();
    try {
      const { payload } = await jwtVerify(token, this.#key, { algorithms: ['HS256'] });
      request.customer = payload.sub ?? '';
      return true;
    } catch (error) {
      throw new UnauthorizedException('the token is not valid here', { cause: error });
    }
  }
}
