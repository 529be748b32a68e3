import type { PoolSession } from '../../consistency/pool-session';
import type { Session } from '../../consistency/session';
import type { Position } from '../../engine/position';
import { NoFitNodeError } from '../../errors';
import type { ClusterNodes } from '../nodes/cluster-nodes';
import { positionOf } from './position-of-node';

/**
 * Keeps sessions within the history of their cluster. Most learn from their next read where a new primary is, or end with their request. The
 * pool's own session does not follow reads and lives as long as the process: after a failover, or when what it wrote is lost, it goes on from
 * where the primary is.
 */
export class SessionRecovery {
  #check: Promise<void> | undefined;

  /** `own`: the session of the pool. */
  constructor(
    private readonly nodes: ClusterNodes,
    private readonly own: PoolSession,
  ) {}

  /**
   * The primary serves a read because no replica proves this position, which may be of a history that was left. One question at a time;
   * other sessions than the pool's own ask with the read.
   */
  doubt(position: Position): void {
    if (position !== this.own.needed) return;
    this.#check ??= this.#goOnFromPrimary(this.own, position)
      .catch(() => undefined)
      .finally(() => (this.#check = undefined));
  }

  /**
   * Whether what has failed is worth another try: no node could serve it because the session is of a newer timeline than the monitor knew.
   * Either another process has seen a promotion first, or the cluster was restored to before what the session has seen.
   */
  async hasHelped(session: Session | undefined, error: unknown): Promise<boolean> {
    const position = session?.needed;
    if (!session || !position || !(error instanceof NoFitNodeError) || !this.#isNewer(position)) return false;
    await this.nodes.probeNow();
    if (!this.#isNewer(position)) return true;
    if (session.onAhead === 'refuse') return false;
    await this.#goOnFromPrimary(session, position);
    return true;
  }

  /** Only a primary can say that there is no such timeline. */
  #isNewer({ timeline }: Position): boolean {
    const { primary } = this.nodes.topology;
    return primary?.timeline !== undefined && primary.timeline < timeline;
  }

  async #goOnFromPrimary(session: Session, position: Position): Promise<void> {
    const { primary } = this.nodes.topology;
    const known = primary && (await this.nodes.connectionsTo(primary).position());
    if (!known || known.isReplica) return;
    const reached = positionOf(primary, known);
    if (!reached) return;
    // A primary has everything of its own timeline that was ever given out.
    const isOfThisHistory =
      reached.timeline === position.timeline && (known.writtenLog ?? reached.log).has(position.log);
    if (!isOfThisHistory) session.correct(position, reached);
  }
}
