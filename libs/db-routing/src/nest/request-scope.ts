import type { IncomingMessage } from 'node:http';
import { AmbientKey, captureAmbient } from '../ambient';
import type { Position } from '../engine/position';
import type { Session } from '../consistency/session';
import type { OpenedToken, TokenObjection } from '../consistency/position-tokens';
import type { TokenCarrier } from '../consistency/token-carrier';
import type { RequestLimits } from '../execution/limits/request-limits';
import type { RouteTrace } from '../routing/route-trace';
import { withManager } from '../transaction/current';
import type { TransactionManager } from '../transaction/manager';

/** A token that came with a request, and is genuine. */
export interface GivenToken {
  readonly opened: OpenedToken;
  readonly text: string;
  readonly isCookie: boolean;
}

/** What a request brought with it. */
export interface Given {
  readonly tokens: readonly GivenToken[];
  /** Where its session begins. */
  readonly position: Position | undefined;
  /** Why the request is to be refused. Only once its guards have let it pass: who may not come in at all is told that. */
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

/** What belongs to one request from before its middleware and guards until its answer is sent. */
export class RequestScope {
  static readonly #current = new AmbientKey<RequestScope>('request-scope');
  static readonly #byRequest = new WeakMap<IncomingMessage, RequestScope>();

  /** Whether guards have let it pass: its caller's subject is known then. */
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
   * Runs `fn` in the scope. What reads a request's body calls back in the context of its connection, so that the scope has to be entered
   * again behind it.
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
