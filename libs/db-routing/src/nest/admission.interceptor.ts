import type { IncomingMessage, ServerResponse } from 'node:http';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { catchError, concatMap, from, map, mergeMap, Observable, of, throwError } from 'rxjs';
import { withReadConsistency } from '../consistency/ambient-level';
import type { SessionMemory } from '../consistency/session-memory';
import { InvalidConsistencyTokenError } from '../errors';
import type { RoutedPool } from '../postgres/pool/routed-pool';
import { type RoutingAttributes, withRoutingAttributes } from '../routing/attributes';
import { systemIdOf } from '../cluster/topology/system-id';
import { type GivenToken, RequestScope } from './request-scope';
import { positionOf, type RequestScopes } from './request-scopes';

/** Returns on whose behalf a request runs. Called once for each request, after the guards. */
export type AttributesOf = (context: ExecutionContext) => RoutingAttributes;

export interface AdmissionInterceptorOptions {
  readonly pool: RoutedPool;
  readonly scopes: RequestScopes;
  readonly onInvalidToken: 'refuse' | 'ignore';
  readonly memory: SessionMemory | undefined;
  readonly attributesOf: AttributesOf;
}

/** Whether the session has everything that the memory may know. */
type IsSure = boolean;

/**
 * Admits a request after its guards, when its subject is known: judges its tokens, recalls its memory, and
 * runs its handler in its scope.
 */
@Injectable()
export class AdmissionInterceptor implements NestInterceptor {
  constructor(private readonly options: AdmissionInterceptorOptions) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const attributes = {
      handler: `${context.getClass().name}.${context.getHandler().name}`,
      ...this.options.attributesOf(context),
    };
    const scope = this.#scopeOf(context);
    if (scope instanceof RequestScope) return this.#admit(scope, attributes, next);
    return from(scope).pipe(mergeMap((begun) => this.#admit(begun, attributes, next)));
  }

  #scopeOf(context: ExecutionContext): RequestScope | Promise<RequestScope> {
    const { scopes } = this.options;
    const type = context.getType<string>();
    if (type === 'http') {
      const request = nativeOf(context.switchToHttp().getRequest<Native<IncomingMessage>>());
      // The scope middleware has begun the scope, unless the application made its own adapter, which does not
      // pass every request through the middleware.
      return (
        RequestScope.of(request) ??
        scopes.begin(request, nativeOf(context.switchToHttp().getResponse<Native<ServerResponse>>()))
      );
    }
    // A transport may call back in the context of the request that opened its connection, so a message gets a
    // scope of its own; a GraphQL operation runs in the scope of its request.
    const isMessage = type === 'rpc' || type === 'ws';
    return (isMessage ? undefined : RequestScope.current()) ?? scopes.background();
  }

  #admit(scope: RequestScope, attributes: RoutingAttributes, next: CallHandler): Observable<unknown> {
    const { subject } = attributes;
    this.#judgeTokens(scope, subject);
    scope.isAdmitted = true;
    const handled = inContext((fn) => scope.run(() => withRoutingAttributes(attributes, fn)), next);
    const ending = this.#ending(scope, subject, handled);
    const { memory } = this.options;
    if (!memory || subject === undefined) return ending;
    return from(this.#recall(scope, memory, subject)).pipe(
      mergeMap((isSure) =>
        isSure ? ending : inContext((fn) => withReadConsistency('strong', fn), { handle: () => ending }),
      ),
    );
  }

  /** Throws InvalidConsistencyTokenError when the request brought a token that is to be refused. */
  #judgeTokens({ parts: { given, session, carrier } }: RequestScope, subject: string | undefined): void {
    const { scopes, onInvalidToken, pool } = this.options;
    if (given.objection !== undefined) throw new InvalidConsistencyTokenError(given.objection);
    carrier?.bindTo(subject);
    const own: GivenToken[] = [];
    for (const token of given.tokens) {
      if (carrier?.accepts(token.opened, token.text)) {
        pool.emit('token', 'accepted');
        own.push(token);
        continue;
      }
      scopes.object('foreign');
      if (!token.isCookie && onInvalidToken === 'refuse') throw new InvalidConsistencyTokenError('foreign');
    }
    if (given.position && own.length < given.tokens.length) session.disown(given.position, positionOf(own));
  }

  /** Recalls what the memory knows of the subject. */
  async #recall(
    { parts: { session } }: RequestScope,
    memory: SessionMemory,
    subject: string,
  ): Promise<IsSure> {
    const { pool, scopes } = this.options;
    try {
      const remembered = await memory.recall(subject);
      const systemId = systemIdOf(pool.topology);
      // A memory outlives its cluster, which may have been created again or restored from a backup.
      if (!remembered || remembered.systemId !== (systemId ?? remembered.systemId)) return true;
      // Until the memory has forgotten that timeline, it keeps nothing newer.
      if (await scopes.isOfNoHistory(remembered)) return false;
      session.recall(remembered);
      return true;
    } catch (error) {
      pool.emit('warning', error);
      return false;
    }
  }

  /** Delays the answer until all work of its session has a position. */
  #ending(
    { parts: { session } }: RequestScope,
    subject: string | undefined,
    handled: Observable<unknown>,
  ): Observable<unknown> {
    const { pool, memory } = this.options;
    const end = async (): Promise<void> => {
      const { position } = session;
      if (session.wasAhead) pool.emit('token', 'ahead');
      if (!position || !memory || subject === undefined) return;
      await memory.advance(subject, position).catch((error: unknown) => {
        pool.emit('warning', error);
      });
    };
    // Usually there is nothing to wait for.
    const ended = (): Observable<void> => {
      const { settled } = session;
      if (settled) return from(settled.then(end));
      const ending = end();
      return memory ? from(ending) : of(undefined);
    };
    return handled.pipe(
      concatMap((value) => ended().pipe(map(() => value))),
      catchError((error: unknown) => ended().pipe(mergeMap(() => throwError(() => error)))),
    );
  }
}

/** Fastify wraps Node's own messages; Express extends them. */
type Native<T> = T & { readonly raw?: T };

function nativeOf<T extends object>(message: Native<T>): T {
  return message.raw ?? message;
}

function inContext(run: <R>(fn: () => R) => R, next: CallHandler): Observable<unknown> {
  return new Observable((subscriber) => run(() => next.handle().subscribe(subscriber)));
}
