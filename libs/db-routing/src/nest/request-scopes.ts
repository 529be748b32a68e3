import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { systemClock } from '../clock';
import type { Position } from '../engine/position';
import { laterOf } from '../consistency/position';
import { Session } from '../consistency/session';
import { CONSISTENCY_HEADER, MAX_TOKENS, type TokenObjection } from '../consistency/position-tokens';
import { TokenCarrier } from '../consistency/token-carrier';
import { RequestLimits } from '../execution/limits/request-limits';
import type { RoutedPool } from '../postgres/pool/routed-pool';
import { RouteTrace } from '../routing/route-trace';
import { systemIdOf } from '../cluster/topology/system-id';
import { type Given, type GivenToken, RequestScope } from './request-scope';
import { cookieHeader, readCookie, type TokenCookieOptions } from './token-cookie';

export const ROUTE_HEADER = 'x-db-route';

/** For everything that one request asks of the database, in milliseconds. */
export const DEFAULT_REQUEST_BUDGET_MS = 10_000;

export interface RequestScopesOptions {
  readonly pool: RoutedPool;
  /** What becomes of a request whose token is not believed: refuse (400), or go on without it. */
  readonly onInvalidToken: 'refuse' | 'ignore';
  readonly cookie: TokenCookieOptions | undefined;
  readonly exposeRoute: boolean;
  readonly requestBudgetMs: number;
}

/** As much of an HTTP adapter as writes headers. */
type AnsweringAdapter = Pick<AbstractHttpAdapter, 'isHeadersSent' | 'setHeader' | 'appendHeader'>;

const NOTHING: Given = { tokens: [], position: undefined, objection: undefined };

/** Begins the scopes of requests by what they bring, and says in their answers where they have ended. */
export class RequestScopes {
  constructor(private readonly options: RequestScopesOptions) {}

  /** A promise only where a token is of a timeline that the monitor has not seen: nearly never. */
  begin(request: IncomingMessage, response: ServerResponse): RequestScope | Promise<RequestScope> {
    const carrier = this.#newCarrier();
    const given = carrier ? this.#given(request.headers, carrier) : NOTHING;
    const begin = (checked: Given) => this.#begin(request, response, carrier, checked);
    if ((given.position?.timeline ?? 0) <= this.highestTimeline) return begin(given);
    return this.#withoutUnknownTimelines(given).then(begin);
  }

  /** For what is no HTTP request: a message of a broker, of a socket. Its guards came before, and wrote in no session. */
  background(): RequestScope {
    const session = new Session(this.options.pool.writtenPosition, { onAhead: 'ignore' });
    return this.#scope(session, this.#newCarrier(), NOTHING);
  }

  object(objection: TokenObjection | 'ahead'): void {
    this.options.pool.emit('token', objection);
  }

  /** Says in the headers where the request has ended; `response`: of the adapter, or Node's own. */
  answer(scope: RequestScope, adapter: AnsweringAdapter, response: unknown): void {
    if (scope.isAnswered || adapter.isHeadersSent(response)) return;
    scope.isAnswered = true;
    const { session, carrier, trace, given } = scope.parts;
    const { cookie, exposeRoute } = this.options;
    if (exposeRoute && trace.entries.length > 0) {
      adapter.setHeader(response, ROUTE_HEADER, trace.toString());
    }
    const { position } = session;
    // What was only brought, and not yet found to be the caller's own, is not signed again.
    if (!carrier || !position || (!scope.isAdmitted && position === given.position)) return;
    const token = carrier.tokenFor(position);
    adapter.setHeader(response, CONSISTENCY_HEADER, token);
    if (cookie) adapter.appendHeader(response, 'set-cookie', cookieHeader(cookie, token));
  }

  /** Whether there is no such timeline, once the nodes were asked. */
  async isOfNoHistory({ timeline }: Position): Promise<boolean> {
    if (timeline <= this.highestTimeline) return false;
    const { pool } = this.options;
    // Another service has seen a promotion first, or it is of a history that this cluster has left.
    await pool.refreshTopology();
    // Only a primary can say that there is no such timeline; without one it may well be the new primary's, and the reads wait for that.
    return timeline > this.highestTimeline && pool.topology.primary?.state === 'up';
  }

  get highestTimeline(): number {
    return this.options.pool.topology.nodes.reduce(
      (highest, { timeline = 0 }) => Math.max(highest, timeline),
      0,
    );
  }

  #newCarrier(): TokenCarrier | undefined {
    const { pool } = this.options;
    const { consistencyTokens: tokens } = pool;
    return tokens && new TokenCarrier(tokens, undefined, systemIdOf(pool.topology));
  }

  #begin(
    request: IncomingMessage,
    response: ServerResponse,
    carrier: TokenCarrier | undefined,
    given: Given,
  ): RequestScope {
    const fromHeader = positionOf(given.tokens.filter(({ isCookie }) => !isCookie));
    // A browser sends the cookie by itself, unseen: a request must not fail for it.
    const onAhead = given.position === fromHeader ? this.options.onInvalidToken : 'ignore';
    const scope = this.#scope(new Session(given.position, { onAhead }), carrier, given);
    scope.belongTo(request);
    // What runs for a client that goes away before it has its answer is given up.
    response.once('close', () => {
      if (!response.writableFinished) scope.parts.limits.abort();
    });
    return scope;
  }

  #scope(session: Session, carrier: TokenCarrier | undefined, given: Given): RequestScope {
    const { pool, requestBudgetMs } = this.options;
    // In another pool's cluster its token says nothing.
    session.of(systemIdOf(pool.topology));
    const limits = new RequestLimits(systemClock, requestBudgetMs);
    return new RequestScope({
      given,
      session,
      carrier,
      trace: new RouteTrace(),
      limits,
      manager: pool.transactions,
    });
  }

  /** What the tokens of the request say, as far as that can be judged before it is known whose it is. */
  #given(headers: IncomingHttpHeaders, carrier: TokenCarrier): Given {
    const { cookie, onInvalidToken } = this.options;
    const tokens: GivenToken[] = [];
    let objection: TokenObjection | undefined;
    const take = (text: string, isCookie: boolean) => {
      const opened = carrier.open(text);
      if ('position' in opened) {
        tokens.push({ opened, text, isCookie });
        return;
      }
      this.object(opened.objection);
      if (!isCookie) objection ??= opened.objection;
    };
    const texts = headers[CONSISTENCY_HEADER]?.toString().split(',') ?? [];
    if (texts.length > MAX_TOKENS) {
      this.object('malformed');
      objection = 'malformed';
    } else {
      for (const text of texts) take(text.trim(), false);
    }
    const fromCookie = cookie && readCookie(headers.cookie, cookie.name);
    if (fromCookie !== undefined) take(fromCookie, true);
    if (objection !== undefined && onInvalidToken === 'refuse') return { ...NOTHING, objection };
    return { tokens, position: positionOf(tokens), objection: undefined };
  }

  async #withoutUnknownTimelines(given: Given): Promise<Given> {
    const known: GivenToken[] = [];
    let isRefused = false;
    for (const token of given.tokens) {
      if (!(await this.isOfNoHistory(token.opened.position))) {
        known.push(token);
        continue;
      }
      this.object('ahead');
      isRefused ||= !token.isCookie && this.options.onInvalidToken === 'refuse';
    }
    if (isRefused) return { ...NOTHING, objection: 'ahead' };
    return { tokens: known, position: positionOf(known), objection: undefined };
  }
}

/** The latest that they stand for. */
export function positionOf(tokens: readonly GivenToken[]): Position | undefined {
  return tokens.reduce<Position | undefined>(
    (latest, { opened }) => laterOf(latest, opened.position),
    undefined,
  );
}
