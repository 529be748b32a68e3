import type { NodeStatus } from '../../cluster/topology/snapshot';
import type { PoolSession } from '../../consistency/pool-session';
import type { Session } from '../../consistency/session';
import type { NodeAnswer } from '../../engine/node-statement';
import type { Position, ServerPosition } from '../../engine/position';
import { OtherServerError, StalePositionError } from '../../engine/stale-position-error';
import { InvalidConsistencyTokenError, WriteOutcomeUnknownError } from '../../errors';
import type { Route } from '../../routing/route';
import { isServerOf, mustProve, positionOf } from './position-of-node';
import type { ReplayProgress } from '../../cluster/replay-progress';
import type { ServerPositions } from './server-positions';

/** Moves sessions on by what autocommit statements have read and written. */
export class SessionProgress {
  constructor(
    private readonly positions: ServerPositions,
    private readonly replay: ReplayProgress,
    /** The pool's own session knows what any session has written. */
    private readonly own: PoolSession,
  ) {}

  /** A server said how far its data reaches; `isBehind`: not far enough. */
  observe({ address }: NodeStatus, { log }: ServerPosition, isBehind: boolean): void {
    this.replay.observe(address.name, log, isBehind);
  }

  /** A read that moves no session on: the connection has proven what it needs, if anything. Throws OtherServerError. */
  checkProof(node: NodeStatus, route: Route, { position }: NodeAnswer): void {
    if (!route.position) return;
    assertServerOf(node, route, position);
    if (position) this.replay.proven(node.address.name, position.log);
  }

  /**
   * What the answer says about the server moves its caller's session on, which was at `before` when it asked. Throws StalePositionError,
   * InvalidConsistencyTokenError, or WriteOutcomeUnknownError for a write whose position cannot be told.
   */
  async learn(
    node: NodeStatus,
    route: Route,
    work: 'read' | 'write',
    session: Session,
    { position }: NodeAnswer,
    before: Position | undefined,
  ): Promise<void> {
    const known = position ?? (work === 'write' ? await this.#askAgain() : undefined);
    if (known) {
      // It was the primary when the monitor last asked, and may have lost what its session has seen.
      if (work === 'read' && node.role === 'primary' && known.isReplica) {
        throw new OtherServerError(node.address.name, route.position?.log, known);
      }
      assertServerOf(node, route, known);
      this.observe(node, known, false);
    }
    const reached = known && positionOf(node, known);
    if (before && reached && !known.isReplica && isAhead(before, reached, known)) {
      session.correct(before, reached);
      if (work === 'read' && session.wasAhead && session.onAhead === 'refuse') {
        throw new InvalidConsistencyTokenError('ahead of the primary');
      }
    }
    if (reached) {
      session.advance(reached);
      if (work === 'write') this.own.advance(reached);
    } else if (work === 'read') {
      throw new StalePositionError(node.address.name, route.position?.log, undefined);
    }
  }

  /** The caller needs the statement's own error, also when the question fails. */
  async learnAfterFailure(node: NodeStatus, session: Session): Promise<void> {
    const known = await this.#askAgain().catch(() => undefined);
    const reached = known && positionOf(node, known);
    if (!reached) return;
    session.advance(reached);
    this.own.advance(reached);
  }

  /** What a primary has after a write whose position got lost with its connection. Without it, the next read could miss the write. */
  async #askAgain(): Promise<ServerPosition> {
    try {
      return await this.positions.ofPrimary();
    } catch (cause) {
      throw new WriteOutcomeUnknownError('position', { cause });
    }
  }
}

/** What the monitor knows of the node says nothing about another server at its place. Throws OtherServerError. */
function assertServerOf(node: NodeStatus, { position }: Route, known: ServerPosition | undefined): void {
  if (!position || !mustProve(node) || (known && isServerOf(node, known))) return;
  throw new OtherServerError(node.address.name, position.log, known);
}

/**
 * A primary cannot be behind what was known before it was asked: such a position was never given out for it. What the session has
 * learned meanwhile may well be later than this answer.
 */
function isAhead(before: Position, reached: Position, { writtenLog = reached.log }: ServerPosition): boolean {
  return before.timeline === reached.timeline && !writtenLog.has(before.log);
}
