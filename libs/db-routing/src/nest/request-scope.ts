import type { IncomingMessage } from 'node:http';
import { AmbientKey, ambientWith } from '../ambient';
import type { Position } from '../engine/position';
import type { Session } from '../consistency/session';
import type { OpenedToken, TokenObjection } from '../consistency/consistency-token';
import type { TokenCarrier } from '../consistency/token-carrier';
import type { RequestLimits } from '../execution/limits/request-limits';
import type { RouteTrace } from '../routing/route-trace';
import { ambientAttributes, type RoutingAttributes } from '../routing/attributes';
import { ambientlyManagedBy } from '../transaction/current';
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

const SCOPE = Symbol('db-routing: scope of the request');

/** A request with its scope as a property, which costs a tenth of an entry in a WeakMap. */
interface ScopedRequest {
  [SCOPE]?: RequestScope;
}

/** What belongs to one request, from before its middleware and guards until its answer is sent. */
export class RequestScope {
  static readonly #current = new AmbientKey<RequestScope>('request-scope');

  isAnswered = false;
  /** What is to be done when the handler has ended and every position of the session has arrived. */
  beforeAnswer: (() => Promise<void> | undefined) | undefined;
  #isAdmitted = false;
  readonly #attributes: RoutingAttributes = {};
  #enter: (<R>(fn: () => R) => R) | undefined;

  constructor(readonly parts: RequestScopeParts) {}

  static current(): RequestScope | undefined {
    return RequestScope.#current.get();
  }

  static of(request: IncomingMessage): RequestScope | undefined {
    return (request as ScopedRequest)[SCOPE];
  }

  belongTo(request: IncomingMessage): void {
    (request as ScopedRequest)[SCOPE] = this;
  }

  /** Whether the guards have let the request pass, so that its subject is known. */
  get isAdmitted(): boolean {
    return this.#isAdmitted;
  }

  /** `attributes`: of the whole request; undefined when only a part of it has them. */
  admit(attributes: RoutingAttributes | undefined): void {
    this.#isAdmitted = true;
    Object.assign(this.#attributes, attributes);
  }

  /**
   * Runs `fn` in the scope. A body parser calls back in the context of its connection, so the scope must be
   * entered again after it.
   */
  run<R>(fn: () => R): R {
    if (RequestScope.current() === this) return fn();
    this.#enter ??= this.#entrance();
    return this.#enter(fn);
  }

  #entrance(): <R>(fn: () => R) => R {
    const { session, carrier, trace, limits, manager } = this.parts;
    return ambientWith([
      RequestScope.#current.with(this),
      ...(carrier ? [carrier.ambient] : []),
      trace.ambient,
      ambientlyManagedBy(manager),
      ambientAttributes(this.#attributes),
      limits.ambient,
      session.ambient,
    ]);
  }
}
