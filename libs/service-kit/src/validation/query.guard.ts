import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { FastifyRequest } from 'fastify';
import { refusedFields, UNKNOWN_FIELD } from './refused-fields';

/** The handler's parameters as Nest records them, by `type:index`. */
type RouteArguments = Readonly<Record<string, { readonly data?: unknown }>>;

/**
 * Refuses query parameters that the handler does not declare. A handler that takes the whole query refuses
 * them with its schema; without this guard, a handler that takes none would ignore them.
 */
@Injectable()
export class QueryGuard implements CanActivate {
  /** By handler: a handler's parameters never change. */
  readonly #declared = new Map<object, ReadonlySet<unknown> | 'all'>();

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (!request.url.includes('?')) return true;
    const declared = this.#declaredBy(context);
    if (declared === 'all') return true;
    const query = request.query as Readonly<Record<string, unknown>>;
    const unknown = Object.keys(query).filter((name) => !declared.has(name));
    if (unknown.length === 0) return true;
    throw refusedFields(unknown.map((field) => ({ field, value: query[field], message: UNKNOWN_FIELD })));
  }

  #declaredBy(context: ExecutionContext): ReadonlySet<unknown> | 'all' {
    const handler = context.getHandler();
    let declared = this.#declared.get(handler);
    if (declared === undefined) {
      declared = declaredParameters(context);
      this.#declared.set(handler, declared);
    }
    return declared;
  }
}

function declaredParameters(context: ExecutionContext): ReadonlySet<unknown> | 'all' {
  const parameters = (Reflect.getMetadata(
    ROUTE_ARGS_METADATA,
    context.getClass(),
    context.getHandler().name,
  ) ?? {}) as RouteArguments;
  const names = Object.entries(parameters)
    .filter(([key]) => key.startsWith(`${RouteParamtypes.QUERY}:`))
    .map(([, { data }]) => data);
  return names.includes(undefined) ? 'all' : new Set(names);
}
