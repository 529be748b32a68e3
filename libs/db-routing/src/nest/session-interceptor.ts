import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { catchError, concatMap, from, map, mergeMap, Observable, of, throwError } from 'rxjs';
import { withReadConsistency } from '../consistency/ambient-level';
import { laterOf, type Position } from '../consistency/position';
import { Session } from '../consistency/session';
import type { SessionMemory } from '../consistency/session-memory';
import {
  CONSISTENCY_HEADER,
  type ConsistencyTokens,
  MAX_TOKENS,
  type TokenObjection,
} from '../consistency/token';
import { TokenCarrier } from '../consistency/token-carrier';
import { InvalidConsistencyTokenError } from '../errors';
import type { RoutedPool } from '../pool/routed-pool';
import { cookieHeader, readCookie, type TokenCookieOptions } from './token-cookie';

export interface SessionInterceptorOptions {
  readonly tokens: ConsistencyTokens | undefined;
  /** What becomes of a request whose token is not believed: refuse (400), or go on without it. */
  readonly onInvalidToken: 'refuse' | 'ignore';
  readonly cookie: TokenCookieOptions | undefined;
  readonly memory: SessionMemory | undefined;
  readonly subjectOf: (context: ExecutionContext) => string | undefined;
}

interface HttpRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/**
 * Runs each handler in a session of its own that begins where the request's token says, and answers with a token for where it ended.
 */
@Injectable()
export class SessionInterceptor implements NestInterceptor {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly pool: RoutedPool,
    private readonly options: SessionInterceptorOptions,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return inContext((fn) => new Session().run(fn), next);
    const subject = this.options.subjectOf(context);
    const { tokens, memory } = this.options;
    const carrier = tokens && new TokenCarrier(tokens, subject, this.#systemId);
    const given = carrier ? this.#positionIn(context, carrier) : undefined;
    const remembers = memory !== undefined && subject !== undefined;
    // Nearly every request: nothing to wait for.
    if (!remembers && (given?.timeline ?? 0) <= this.#highestTimeline) {
      return this.#handle(context, next, carrier, given, subject);
    }
    return from(this.#begin(given, subject)).pipe(
      mergeMap(({ position, isSure }) => {
        // What was only remembered, the client cannot be blamed for.
        const onAhead = position === given ? this.options.onInvalidToken : 'ignore';
        const handled = this.#handle(context, next, carrier, position, subject, onAhead);
        if (isSure) return handled;
        return inContext((fn) => withReadConsistency('strong', fn), { handle: () => handled });
      }),
    );
  }

  #handle(
    context: ExecutionContext,
    next: CallHandler,
    carrier: TokenCarrier | undefined,
    start: Position | undefined,
    subject: string | undefined,
    onAhead = this.options.onInvalidToken,
  ): Observable<unknown> {
    // In another pool's cluster the token says nothing.
    const session = new Session(start, { onAhead }).of(this.pool.transactions);
    const run = <R>(fn: () => R): R => session.run(carrier ? () => carrier.run(fn) : fn);
    const { memory } = this.options;
    const end = async (): Promise<void> => {
      const { position } = session;
      if (session.wasAhead) this.pool.emit('token', 'ahead');
      if (!position) return;
      if (carrier) this.#answer(context, carrier.tokenFor(position));
      if (!memory || subject === undefined) return;
      await memory.advance(subject, position).catch((error: unknown) => {
        this.pool.emit('warning', error);
      });
    };
    const handled = inContext(run, next);
    // Nearly always there is nothing to wait for: the header is set at once.
    const ended = (): Observable<void> => {
      const settled = session.settled;
      if (settled) return from(settled.then(end));
      const ending = end();
      return memory ? from(ending) : of(undefined);
    };
    return handled.pipe(
      concatMap((value) => ended().pipe(map(() => value))),
      catchError((error: unknown) => ended().pipe(mergeMap(() => throwError(() => error)))),
    );
  }

  /** Where the tokens of the request say that its session is. Throws InvalidConsistencyTokenError. */
  #positionIn(context: ExecutionContext, carrier: TokenCarrier): Position | undefined {
    const { headers } = context.switchToHttp().getRequest<HttpRequest>();
    const { cookie, onInvalidToken } = this.options;
    const header = headers[CONSISTENCY_HEADER];
    let position: Position | undefined;
    if (header !== undefined) {
      const tokens = String(header).split(',');
      if (tokens.length > MAX_TOKENS) this.#object('malformed', onInvalidToken);
      else
        for (const token of tokens) position = this.#accept(token.trim(), carrier, position, onInvalidToken);
    }
    const fromCookie = cookie && readCookie(headers.cookie, cookie.name);
    // Nobody sees the cookie: a request must not fail for it.
    return fromCookie === undefined ? position : this.#accept(fromCookie, carrier, position, 'ignore');
  }

  #accept(
    token: string,
    carrier: TokenCarrier,
    before: Position | undefined,
    onInvalid: 'refuse' | 'ignore',
  ): Position | undefined {
    const verdict = carrier.verify(token);
    if ('position' in verdict) {
      this.pool.emit('token', 'accepted');
      return laterOf(before, verdict.position);
    }
    this.#object(verdict.objection, onInvalid);
    return before;
  }

  #object(objection: TokenObjection | 'ahead', onInvalid: 'refuse' | 'ignore'): void {
    this.pool.emit('token', objection);
    if (onInvalid === 'refuse') throw new InvalidConsistencyTokenError(objection);
  }

  /** `isSure`: nothing is missing that the memory may have had. */
  async #begin(
    given: Position | undefined,
    subject: string | undefined,
  ): Promise<{ position: Position | undefined; isSure: boolean }> {
    let position = given;
    if (position && (await this.#isOfNoHistory(position))) {
      this.#object('ahead', this.options.onInvalidToken);
      position = undefined;
    }
    const { memory } = this.options;
    if (!memory || subject === undefined) return { position, isSure: true };
    try {
      const remembered = await memory.recall(subject);
      // A memory outlives the cluster that it tells of: one that was made anew, or restored from a backup.
      if (!remembered || remembered.systemId !== (this.#systemId ?? remembered.systemId))
        return { position, isSure: true };
      // Until it has forgotten that timeline, it keeps nothing newer.
      if (await this.#isOfNoHistory(remembered)) return { position, isSure: false };
      return { position: laterOf(position, remembered), isSure: true };
    } catch (error) {
      this.pool.emit('warning', error);
      return { position, isSure: false };
    }
  }

  /** Whether there is no such timeline. */
  async #isOfNoHistory({ timeline }: Position): Promise<boolean> {
    if (timeline <= this.#highestTimeline) return false;
    // Another service has seen a promotion first, or it is of a history that this cluster has left.
    await this.pool.refreshTopology();
    // Only a primary can say that there is no such timeline; without one it may well be the new primary's, and the reads wait for that.
    return timeline > this.#highestTimeline && this.pool.topology.primary?.state === 'up';
  }

  #answer(context: ExecutionContext, token: string): void {
    const { httpAdapter } = this.adapterHost;
    const response: unknown = context.switchToHttp().getResponse();
    if (httpAdapter.isHeadersSent(response)) return;
    httpAdapter.setHeader(response, CONSISTENCY_HEADER, token);
    const { cookie } = this.options;
    if (cookie) httpAdapter.appendHeader(response, 'set-cookie', cookieHeader(cookie, token));
  }

  get #systemId(): string | undefined {
    return this.pool.topology.nodes.find(({ state, systemId }) => state === 'up' && systemId !== undefined)
      ?.systemId;
  }

  get #highestTimeline(): number {
    return this.pool.topology.nodes.reduce((highest, { timeline = 0 }) => Math.max(highest, timeline), 0);
  }
}

function inContext(run: <R>(fn: () => R) => R, next: CallHandler): Observable<unknown> {
  return new Observable((subscriber) => run(() => next.handle().subscribe(subscriber)));
}
