import { nodeNamed, type NodeStatus } from '../../cluster/topology/snapshot';
import { type Clock, pause } from '../../clock';
import type { PoolSession } from '../../consistency/pool-session';
import type { Session } from '../../consistency/session';
import type { NodeAddress } from '../../engine/node-address';
import type { ExclusiveConnection } from '../../engine/node-connections';
import type { ServerPosition } from '../../engine/position';
import { NoPrimaryError, PoolEndedError } from '../../errors';
import type { Decision } from '../../routing/decide';
import type { Route } from '../../routing/route';
import type { PrimaryWait } from '../limits/primary-wait';
import type { ClusterNodes } from '../nodes/cluster-nodes';
import { isServerOf, mustProve, positionOf } from './position-of-node';
import type { ReplayProgress } from '../../cluster/replay-progress';

/** What positions are asked and kept with. */
export interface ServerPositionsParts {
  readonly clock: Clock;
  readonly nodes: ClusterNodes;
  /** What a connection has said holds only for the transaction in which it said so. */
  readonly isPooled: boolean;
  readonly progress: ReplayProgress;
  readonly primaryWait: PrimaryWait;
  /** How long a primary is asked that does not answer, in milliseconds. */
  readonly failoverWaitMs: number;
  /** The pool's own session knows what any session has written. */
  readonly own: PoolSession;
}

/** What a transaction, or a statement, was that has ended. */
interface EndedWork {
  readonly isWrite?: boolean;
  /** Whether a commit is one that a crash of the primary cannot take back. */
  readonly isPromised?: boolean;
}

/** A primary that is on its way out refuses connections until the monitor knows. */
const ASK_AGAIN_MS = 50;

/** Asks servers how far their data reaches, and moves sessions on by what they say. */
export class ServerPositions {
  constructor(private readonly parts: ServerPositionsParts) {}

  /**
   * Where the primary is, whichever node that is by then. For when the connection of a write broke between its answer and its position:
   * any later position covers it, and without one its session could read something older. Throws NoPrimaryError.
   */
  async ofPrimary(): Promise<ServerPosition> {
    const { clock, primaryWait, nodes, failoverWaitMs } = this.parts;
    const untilMs = clock.now() + failoverWaitMs;
    for (;;) {
      await primaryWait.forPrimary();
      const { primary } = nodes.topology;
      const position = primary && (await this.#tryAsk(primary));
      // One that has become a replica may have replayed less.
      if (position && !position.isReplica) return position;
      if (clock.now() >= untilMs)
        throw new NoPrimaryError(`none has said where it is for ${failoverWaitMs} ms`);
      await pause(clock, ASK_AGAIN_MS);
    }
  }

  async #tryAsk(node: NodeStatus): Promise<ServerPosition | undefined> {
    try {
      return await this.parts.nodes.connectionsTo(node).position();
    } catch (error) {
      if (error instanceof PoolEndedError) throw error;
      return undefined;
    }
  }

  /** Whether this very connection sees at least what the session has seen. */
  async isProven(connection: ExclusiveConnection, { node }: Decision, { position }: Route): Promise<boolean> {
    if (!position || !mustProve(node)) return true;
    // The next transaction may have another server behind it.
    if (this.parts.isPooled) return false;
    // One that breaks while it is asked has proven nothing; release() destroys it.
    const known = await connection.position().catch(() => undefined);
    if (!known) return false;
    const isProven = known.log.has(position.log) && isServerOf(node, known);
    this.parts.progress.observe(node.address.name, known.log, !isProven);
    return isProven;
  }

  /** What was read or written on the connection, its session has seen. Whether that could be told; never rejects. */
  async seen(
    connection: ExclusiveConnection,
    isWrite: boolean,
    session: Session | undefined,
  ): Promise<boolean> {
    if (!session || !(isWrite || session.followsReads)) return true;
    const position = await connection.position().catch(() => undefined);
    return this.advance(connection.node, position, isWrite, session).then(
      () => true,
      () => false,
    );
  }

  /**
   * A transaction has ended on a node; its server has said how far its data reached then. Throws NoPrimaryError when it was committed, and
   * neither that server nor a primary could say.
   */
  async advance(
    { name }: NodeAddress,
    position: ServerPosition | undefined,
    isCommitted: boolean,
    session: Session | undefined,
    { isWrite = isCommitted, isPromised = true }: EndedWork = {},
  ): Promise<void> {
    if (!session || !(isWrite || session.followsReads)) return;
    const node = nodeNamed(this.parts.nodes.topology, name);
    const known = position ?? (isCommitted && isPromised ? await this.ofPrimary() : undefined);
    const reached = node && known && positionOf(node, known);
    if (!reached) return;
    if (isWrite && !isPromised) {
      const written = { ...reached, log: known.writtenLog ?? reached.log };
      session.require(written);
      this.parts.own.require(written);
      return;
    }
    session.advance(reached);
    if (isWrite) this.parts.own.advance(reached);
  }
}
