import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { systemClock } from '../clock';
import type { Position } from '../engine/position';
import { laterOf } from '../consistency/position';
import { Session } from '../consistency/session';
import { CONSISTENCY_HEADER, MAX_TOKENS, type TokenObjection } from '../consistency/consistency-token';
import { TokenCarrier } from '../consistency/token-carrier';
import { RequestLimits } from '../execution/limits/request-limits';
import type { RoutedPool } from '../postgres/pool/routed-pool';
import { RouteTrace } from '../routing/route-trace';
import { systemIdOf } from '../cluster/topology/system-id';
import { type Given, type GivenToken, RequestScope } from './request-scope';
import { cookieHeader, readCookie, type TokenCookieOptions } from './token-cookie';

export const ROUTE_HEADER = 'x-db-route';

/** Time for all database work of one request, in milliseconds. */
export const DEFAULT_REQUEST_BUDGET_MS = 10_000;

export interface RequestScopesOptions {
  readonly pool: RoutedPool;
  /**
   * What happens to a request whose token is refused: `refuse` answers 400, `ignore` goes on without the
   * token.
   */
  readonly onInvalidToken: 'refuse' | 'ignore';
  readonly cookie: TokenCookieOptions | undefined;
  readonly exposeRoute: boolean;
  readonly requestBudgetMs: number;
}

/** The part of an HTTP adapter that writes headers. */
type AnsweringAdapter = Pick<AbstractHttpAdapter, 'isHeadersSent' | 'setHeader' | 'appendHeader'>;

const NOTHING: Given = { tokens: [], position: undefined, objection: undefined };

/**
 * Begins the scopes of requests from what the requests bring, and writes the position that they reached into
 * their answers.
 */
export class RequestScopes {
  constructor(private readonly options: RequestScopesOptions) {}

  /** Returns a promise only when a token is of a timeline that the monitor has not seen, which is rare. */
  begin(request: IncomingMessage, response: ServerResponse): RequestScope | Promise<RequestScope> {
    const carrier = this.#newCarrier();
    const given = carrier ? this.#given(request.headers, carrier) : NOTHING;
    const begin = (checked: Given) => this.#begin(request, response, carrier, checked);
    if ((given.position?.timeline ?? 0) <= this.highestTimeline) return begin(given);
    return this.#withoutUnknownTimelines(given).then(begin);
  }

  /**
   * Begins the scope of work that is not an HTTP request, such as a message from a broker or a socket. Its
   * guards ran before, and wrote in no session.
   */
  background(): RequestScope {
    return this.#scope(this.options.pool.sessionOfWrites(), this.#newCarrier(), NOTHING);
  }

  object(objection: TokenObjection | 'ahead'): void {
    this.options.pool.emit('token', objection);
  }

  /**
   * Writes the headers that say where the request's statements went and which position it reached. `response`
   * is the adapter's, or Node's own.
   */
  answer(scope: RequestScope, adapter: AnsweringAdapter, response: unknown): void {
    if (scope.isAnswered || adapter.isHeadersSent(response)) return;
    scope.isAnswered = true;
    const { session, carrier, trace, given } = scope.parts;
    const { cookie, exposeRoute } = this.options;
    if (exposeRoute && trace.entries.length > 0) {
      adapter.setHeader(response, ROUTE_HEADER, trace.toString());
    }
    const { position } = session;
    // A token that was only brought, and is not yet known to be the caller's own, is not signed again.
    if (!carrier || !position || (!scope.isAdmitted && position === given.position)) return;
    const token = carrier.tokenFor(position);
    adapter.setHeader(response, CONSISTENCY_HEADER, token);
    if (cookie) adapter.appendHeader(response, 'set-cookie', cookieHeader(cookie, token));
  }

  /** Whether the cluster has no such timeline, after asking the nodes. */
  async isOfNoHistory({ timeline }: Position): Promise<boolean> {
    if (timeline <= this.highestTimeline) return false;
    const { pool } = this.options;
    // Either another service saw a promotion first, or the position is of a history that this cluster has
    // left.
    await pool.refreshTopology();
    // Only a primary can deny a timeline; without a primary it may be that of the new one, for which the
    // reads wait.
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
    // A browser sends the cookie by itself, so a request must not fail because of it.
    const onAhead = given.position === fromHeader ? this.options.onInvalidToken : 'ignore';
    const scope = this.#scope(new Session(given.position, { onAhead }), carrier, given);
    scope.belongTo(request);
    // When a client disconnects before it has its answer, its statements are cancelled.
    response.once('close', () => {
      if (!response.writableFinished) scope.parts.limits.abort();
    });
    return scope;
  }

  #scope(session: Session, carrier: TokenCarrier | undefined, given: Given): RequestScope {
    const { pool, requestBudgetMs } = this.options;
    // Binds the session to this pool's cluster; its token means nothing in that of another pool.
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

  /** Reads the tokens of the request, as far as they can be judged before its subject is known. */
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

/** Returns the latest position in the tokens. */
export function positionOf(tokens: readonly GivenToken[]): Position | undefined {
  return tokens.reduce<Position | undefined>(
    (latest, { opened }) => laterOf(latest, opened.position),
    undefined,
  );
}
