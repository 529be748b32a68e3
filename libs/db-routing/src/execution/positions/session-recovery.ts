import type { PoolSession } from '../../consistency/pool-session';
import type { Session } from '../../consistency/session';
import type { Position } from '../../engine/position';
import { NoFitNodeError, NoPrimaryError } from '../../errors';
import type { ClusterNodes } from '../nodes/cluster-nodes';
import { positionOf } from './position-of-node';

/**
 * Keeps sessions within the history of their cluster. Most sessions learn from their next read where a new
 * primary is, or end with their request. The pool's own session does not follow reads and lives as long as
 * the process: after a failover, or when its writes are lost, it continues from the primary's position.
 */
export class SessionRecovery {
  #check: Promise<void> | undefined;

  /** `own`: the pool's session. */
  constructor(
    private readonly nodes: ClusterNodes,
    private readonly own: PoolSession,
  ) {}

  /**
   * Call this when the primary serves a read because no replica has proven `position`, which may belong to an
   * abandoned history. Asks the primary, one question at a time, when the position is the pool's own; other
   * sessions learn it with the read itself.
   */
  doubt(position: Position): void {
    if (position !== this.own.needed) return;
    this.#check ??= this.#goOnFromPrimary(this.own, position)
      .catch(() => undefined)
      .finally(() => (this.#check = undefined));
  }

  /**
   * Whether work that failed with `error` is worth another attempt. It is when no node could serve it because
   * the session's timeline is newer than the monitor knew: either another process has noticed a promotion
   * first, or the cluster was restored to a point before what the session has seen.
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

  /**
   * Call this before work of the session goes to the primary. When the session has seen a newer timeline than
   * the monitor, the primary that the monitor knows is the former one: probes all nodes. Rejects with
   * NoPrimaryError when they know of no newer primary either. Undefined when there is nothing to ask.
   */
  beforePrimary(session: Session | undefined): Promise<void> | undefined {
    const position = session?.needed;
    return position && this.#isNewer(position) ? this.#findNewer(session, position) : undefined;
  }

  async #findNewer(session: Session, position: Position): Promise<void> {
    await this.nodes.probeNow();
    if (!this.#isNewer(position)) return;
    if (session.onAhead === 'ignore') {
      await this.#goOnFromPrimary(session, position);
      return;
    }
    const known = String(this.nodes.topology.primary?.timeline);
    throw new NoPrimaryError(
      `the session has seen timeline ${position.timeline}, and the newest primary that can be reached is on ${known}`,
    );
  }

  /** Only a primary can tell that a timeline does not exist. */
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
    // A primary has every position that was ever given out on its timeline.
    const isOfThisHistory =
      reached.timeline === position.timeline && (known.writtenLog ?? reached.log).has(position.log);
    if (!isOfThisHistory) session.correct(position, reached);
  }
}
