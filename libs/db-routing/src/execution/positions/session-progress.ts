import type { NodeStatus } from '../../cluster/topology/snapshot';
import type { PoolSession } from '../../consistency/pool-session';
import type { Session } from '../../consistency/session';
import type { NodeAnswer } from '../../engine/node-statement';
import type { Position, ServerPosition } from '../../engine/position';
import { OtherServerError, StalePositionError } from '../../engine/stale-position-error';
import { InvalidConsistencyTokenError, WriteOutcomeUnknownError } from '../../errors';
import { isBounded, type Route } from '../../routing/route';
import { isFormerPrimary, isServerOf, moveOn, mustProve, positionOf } from './position-of-node';
import type { ClusterNodes } from '../nodes/cluster-nodes';
import type { ReplayProgress } from '../../cluster/replay-progress';
import type { ServerPositions } from './server-positions';

/** A statement whose answer has come. */
export interface Learned {
  readonly node: NodeStatus;
  readonly route: Route;
  readonly work: 'read' | 'write';
  readonly session: Session;
  /** Whether the answer was to bring a position. */
  readonly isAsked: boolean;
  /** What the session needed when the statement was sent. */
  readonly before: Position | undefined;
}

/** Advances sessions by what their autocommit statements have read and written. */
export class SessionProgress {
  constructor(
    private readonly positions: ServerPositions,
    private readonly replay: ReplayProgress,
    /** The pool's own session, which knows what every session has written. */
    private readonly own: PoolSession,
    private readonly nodes: ClusterNodes,
  ) {}

  /** A server reported its position; `isBehind`: the position is not far enough for the read. */
  observe({ address }: NodeStatus, { log }: ServerPosition, isBehind: boolean): void {
    this.replay.observe(address.name, log, isBehind);
  }

  /**
   * Checks a read that advances no session: the connection must have proven the route's position, and a
   * bounded read must come from the server that was judged. Throws OtherServerError when another server
   * answered.
   */
  checkProof(node: NodeStatus, route: Route, { position }: NodeAnswer): void {
    if (!route.position && !isBounded(route)) return;
    assertServerOf(node, route, position);
    if (position) this.replay.proven(node.address.name, position.log);
  }

  /**
   * Checks a read that only the primary may answer, and that advances no session. Throws OtherServerError
   * when a replica or a former primary has answered, or the server has not said what it is.
   */
  checkPrimary(node: NodeStatus, { position }: Route, { position: known }: NodeAnswer): void {
    if (!known || isFormerPrimary(node, known)) {
      throw new OtherServerError(node.address.name, position?.log, known);
    }
  }

  /**
   * Advances the session by the position in the answer. Returns a promise only when a write's position is
   * lost, and another is asked for (not for a write of the pool's own session that has not asked), and when
   * the session is ahead of the primary. Throws StalePositionError when a read has no usable position; the
   * promise rejects with WriteOutcomeUnknownError when no position can be learned, with
   * InvalidConsistencyTokenError when the session is ahead of the primary and refuses such tokens, and with
   * OtherServerError when a read's primary has turned out to be a former one.
   */
  learn(learned: Learned, { position }: NodeAnswer): Promise<void> | undefined {
    if (position === undefined && learned.work === 'write') {
      if (learned.session === this.own && !learned.isAsked) {
        this.own.wroteUnasked();
        return undefined;
      }
      return this.#askAgain().then((known) => this.#advance(learned, known));
    }
    return this.#advance(learned, position);
  }

  #advance(learned: Learned, known: ServerPosition | undefined): Promise<void> | undefined {
    const { node, route, work, before } = learned;
    if (known) {
      if (work === 'read' && node.role === 'primary' && isFormerPrimary(node, known)) {
        throw new OtherServerError(node.address.name, route.position?.log, known);
      }
      assertServerOf(node, route, known);
      this.observe(node, known, false);
    }
    const reached = known && positionOf(node, known);
    if (before && reached && !known.isReplica && isAhead(before, reached, known)) {
      return this.#correct(learned, before, reached).then((isRight) => {
        if (isRight) this.#moveOn(learned, reached, known);
      });
    }
    if (reached) {
      this.#moveOn(learned, reached, known);
    } else if (work === 'read') {
      throw new StalePositionError(node.address.name, route.position?.log, undefined);
    }
    return undefined;
  }

  #moveOn({ node, work, session }: Learned, reached: Position, known: ServerPosition): void {
    moveOn(session, node, reached, known);
    if (work === 'write') this.own.advance(reached);
  }

  /**
   * The session was ahead of its primary. Either its history is lost, or it has seen what a replica had of a
   * newer timeline, of which no probe had told yet: then this is a former primary, and the session stays
   * where it is. Resolves with whether the primary is right.
   */
  async #correct({ node, work, session }: Learned, before: Position, reached: Position): Promise<boolean> {
    if (!(await this.nodes.isStillPrimary(node.address))) {
      if (work === 'read') throw new OtherServerError(node.address.name, before.log, undefined);
      return false;
    }
    session.correct(before, reached);
    if (work === 'read' && session.wasAhead && session.onAhead === 'refuse') {
      throw new InvalidConsistencyTokenError('ahead of the primary');
    }
    return true;
  }

  /**
   * Learns the position after a statement that failed but may have committed something. Never rejects: the
   * caller needs the statement's own error.
   */
  async learnAfterFailure(node: NodeStatus, session: Session): Promise<void> {
    if (session === this.own) {
      this.own.wroteUnasked();
      return;
    }
    const known = await this.#askAgain().catch(() => undefined);
    const reached = known && positionOf(node, known);
    if (!reached) return;
    session.advance(reached);
    this.own.advance(reached);
  }

  /**
   * Asks a primary for its position after a write whose own position was lost with the connection. Without
   * it, the next read could miss the write. Throws WriteOutcomeUnknownError.
   */
  async #askAgain(): Promise<ServerPosition> {
    try {
      return await this.positions.ofPrimary();
    } catch (cause) {
      throw new WriteOutcomeUnknownError('position', { cause });
    }
  }
}

/**
 * Throws OtherServerError when the node must prove the position, or how old its data may be, and another
 * server than the monitored one answered.
 */
function assertServerOf(node: NodeStatus, route: Route, known: ServerPosition | undefined): void {
  if (!(route.position || isBounded(route)) || !mustProve(node) || (known && isServerOf(node, known))) return;
  throw new OtherServerError(node.address.name, route.position?.log, known);
}

/**
 * Whether the session was ahead of its primary. A primary cannot be behind a position that it gave out
 * earlier, so `before` belongs to a lost history. Only `before` is compared: the session may have learned a
 * later position while the statement ran.
 */
function isAhead(before: Position, reached: Position, { writtenLog = reached.log }: ServerPosition): boolean {
  return before.timeline === reached.timeline && !writtenLog.has(before.log);
}
