import type { IncomingMessage } from 'node:http';
import { AmbientKey, captureAmbient } from '../ambient';
import type { Position } from '../engine/position';
import type { Session } from '../consistency/session';
import type { OpenedToken, TokenObjection } from '../consistency/consistency-token';
import type { TokenCarrier } from '../consistency/token-carrier';
import type { RequestLimits } from '../execution/limits/request-limits';
import type { RouteTrace } from '../routing/route-trace';
import { withManager } from '../transaction/current';
import type { TransactionManager } from '../transaction/manager';

/** A genuine token that came with a request. */
export interface GivenToken {
  readonly opened: OpenedToken;
  readonly text: string;
  readonly isCookie: boolean;
}

/** What a request brought with it. */
export interface Given {
  readonly tokens: readonly GivenToken[];
  /** Where the session of the request begins. */
  readonly position: Position | undefined;
  /**
   * Why the request is to be refused. Reported only after its guards have let it pass: a caller that may not
   * enter at all learns that first.
   */
  readonly objection: TokenObjection | 'ahead' | undefined;
}

export interface RequestScopeParts {
  readonly given: Given;
  readonly session: Session;
  readonly carrier: TokenCarrier | undefined;
  readonly trace: RouteTrace;
  readonly limits: RequestLimits;
  readonly manager: TransactionManager;
}

/** What belongs to one request, from before its middleware and guards until its answer is sent. */
export class RequestScope {
  static readonly #current = new AmbientKey<RequestScope>('request-scope');
  static readonly #byRequest = new WeakMap<IncomingMessage, RequestScope>();

  /** Whether the guards have let the request pass, so that its subject is known. */
  isAdmitted = false;
  isAnswered = false;
  #enter: (<R>(fn: () => R) => R) | undefined;

  constructor(readonly parts: RequestScopeParts) {}

  static current(): RequestScope | undefined {
    return RequestScope.#current.get();
  }

  static of(request: IncomingMessage): RequestScope | undefined {
    return RequestScope.#byRequest.get(request);
  }

  belongTo(request: IncomingMessage): void {
    RequestScope.#byRequest.set(request, this);
  }

  /**
   * Runs `fn` in the scope. A body parser calls back in the context of its connection, so the scope must be
   * entered again after it.
   */
  run<R>(fn: () => R): R {
    if (RequestScope.current() === this) return fn();
    if (this.#enter) return this.#enter(fn);
    const { session, carrier, trace, limits, manager } = this.parts;
    const inside = () => {
      this.#enter = captureAmbient();
      return fn();
    };
    const carried = () => (carrier ? carrier.run(inside) : inside());
    return RequestScope.#current.run(this, () =>
      trace.record(() => limits.apply(() => withManager(manager, () => session.run(carried)))),
    );
  }
}
