import { nodeNamed, type NodeStatus } from '../../cluster/topology/snapshot';
import { type Clock, pause } from '../../clock';
import type { PoolSession } from '../../consistency/pool-session';
import type { Session } from '../../consistency/session';
import type { NodeAddress } from '../../engine/node-address';
import type { ExclusiveConnection } from '../../engine/node-connections';
import type { ServerPosition } from '../../engine/position';
import { NoPrimaryError, PoolEndedError } from '../../errors';
import type { Decision } from '../../routing/decide';
import { isBounded, type Route } from '../../routing/route';
import type { PrimaryWait } from '../limits/primary-wait';
import type { ClusterNodes } from '../nodes/cluster-nodes';
import {
  isFormerPrimary,
  isServerOf,
  mayHaveFormer,
  moveOn,
  mustProve,
  positionOf,
} from './position-of-node';
import type { ReplayProgress } from '../../cluster/replay-progress';

/** The parts that ServerPositions works with. */
export interface ServerPositionsParts {
  readonly clock: Clock;
  readonly nodes: ClusterNodes;
  /**
   * A pooler stands before the servers: what a connection has reported is valid only within that transaction.
   */
  readonly isPooled: boolean;
  readonly progress: ReplayProgress;
  readonly primaryWait: PrimaryWait;
  /** How long to keep asking for a primary's position, in milliseconds. */
  readonly failoverWaitMs: number;
  /** The pool's own session, which knows what every session has written. */
  readonly own: PoolSession;
}

/** Facts about a statement or transaction that has ended. */
export interface EndedWork {
  /** Default: whether the transaction committed. */
  readonly isWrite?: boolean;
  /** Whether its commit survives a crash of the primary. Default true. */
  readonly isPromised?: boolean;
  /** Whether its position was asked for. Default true. */
  readonly isAsked?: boolean;
}

/**
 * Interval between questions, in milliseconds: a primary that shuts down refuses connections before the
 * monitor has noticed.
 */
const ASK_AGAIN_MS = 50;

/** Asks servers for their positions, and advances sessions accordingly. */
export class ServerPositions {
  constructor(private readonly parts: ServerPositionsParts) {}

  /**
   * The position of the current primary, whichever node that is. Needed when a write's connection broke
   * between its answer and its position: any later position covers the write, and without one the session
   * could read older data. Throws NoPrimaryError when no primary has reported a position within
   * `failoverWaitMs`, FailoverQueueFullError when too many wait for a primary, and PoolEndedError after the
   * pool has ended.
   */
  async ofPrimary(): Promise<ServerPosition> {
    const { clock, primaryWait, nodes, failoverWaitMs } = this.parts;
    const untilMs = clock.now() + failoverWaitMs;
    for (;;) {
      await primaryWait.forPrimary();
      const { primary } = nodes.topology;
      const position = primary && (await this.#tryAsk(primary));
      // A primary that has become a replica may have replayed less, and so may a former one.
      if (position && !isFormerPrimary(primary, position)) return position;
      if (clock.now() >= untilMs)
        throw new NoPrimaryError(`no primary has reported its position for ${failoverWaitMs} ms`);
      await pause(clock, ASK_AGAIN_MS);
    }
  }

  /**
   * Moves the pool's own session on to where the primary is now: what was committed before the call is there.
   * Reads then need commits that are not flushed, too: one may have been answered before it was flushed
   * (synchronous_commit), which another connection cannot tell. Resolves with false while two nodes write one
   * timeline. Throws what ofPrimary() throws.
   */
  async ofOwnWrites(): Promise<boolean> {
    const known = await this.ofPrimary();
    const { own, nodes } = this.parts;
    const { primary } = nodes.topology;
    const reached = primary && positionOf(primary, known);
    if (!reached) return false;
    own.advance(reached);
    own.require({ ...reached, log: known.committedLog ?? reached.log });
    return true;
  }

  async #tryAsk(node: NodeStatus): Promise<ServerPosition | undefined> {
    try {
      return await this.parts.nodes.connectionsTo(node).position();
    } catch (error) {
      if (error instanceof PoolEndedError) throw error;
      return undefined;
    }
  }

  /**
   * Whether this connection's server has everything that the session has seen. A primary has it, unless the
   * node's name has led to a former one.
   */
  async isProven(connection: ExclusiveConnection, { node }: Decision, need: Route): Promise<boolean> {
    const { isPooled, progress } = this.parts;
    if (!mustProve(node)) {
      // Work that writes learns it with its COMMIT.
      const mustAsk = need.read !== undefined && mayHaveFormer(node) && !isPooled;
      return !mustAsk || this.#isPrimary(connection, node);
    }
    const { position } = need;
    // A pooler may run the next transaction on another server connection: nothing can be proven.
    if (isPooled) return !position;
    if (!position && !isBounded(need)) return true;
    // A connection that breaks during the question has proven nothing; release() destroys it.
    const known = await connection.position().catch(() => undefined);
    if (!known) return false;
    const isProven = (!position || known.log.has(position.log)) && isServerOf(node, known);
    progress.observe(node.address.name, known.log, !isProven);
    return isProven;
  }

  async #isPrimary(connection: ExclusiveConnection, node: NodeStatus): Promise<boolean> {
    const known = await connection.position().catch(() => undefined);
    if (!known) return false;
    if (!isFormerPrimary(node, known)) return true;
    this.parts.nodes.reportOtherServer(node, known.startedAt);
    return false;
  }

  /**
   * Advances the session after a read or write on the connection. Resolves with whether the position could be
   * learned; never rejects.
   */
  async seen(
    connection: ExclusiveConnection,
    isWrite: boolean,
    session: Session | undefined,
  ): Promise<boolean> {
    if (!session || !(isWrite || session.followsReads)) return true;
    try {
      const position = await connection.position().catch(() => undefined);
      await this.advance(connection.node, position, isWrite, session);
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Advances the session after a transaction that ended on the node; `position` is what its server reported
   * then. Undefined when there is nothing to wait for. Rejects with NoPrimaryError when the transaction
   * committed and neither that server nor a primary reported a position: the session could then miss what the
   * transaction has written, or has seen.
   */
  advance(
    { name }: NodeAddress,
    position: ServerPosition | undefined,
    isCommitted: boolean,
    session: Session | undefined,
    { isWrite = isCommitted, isPromised = true, isAsked = true }: EndedWork = {},
  ): Promise<void> | undefined {
    if (!session || !(isWrite || session.followsReads)) return undefined;
    if (session === this.parts.own && !isAsked) {
      this.parts.own.wroteUnasked();
      return undefined;
    }
    if (position || !isCommitted) {
      this.#moveTo(name, position, session, isWrite, isPromised);
      return undefined;
    }
    return this.ofPrimary().then((known) => this.#moveTo(name, known, session, isWrite, isPromised));
  }

  #moveTo(
    name: string,
    known: ServerPosition | undefined,
    session: Session,
    isWrite: boolean,
    isPromised: boolean,
  ): void {
    const { own, nodes } = this.parts;
    const node = nodeNamed(nodes.topology, name);
    const reached = node && known && positionOf(node, known);
    if (!reached) return;
    if (isWrite && !isPromised) {
      const written = { ...reached, log: known.committedLog ?? reached.log };
      session.require(written);
      own.require(written);
      return;
    }
    moveOn(session, node, reached, known);
    if (isWrite) own.advance(reached);
  }
}
