import type { Session } from '../consistency/session';
import type { Decision } from '../routing/decide';
import type { NodeAddress } from '../topology/connection-url';
import type { NodeStatus, TopologySnapshot } from '../topology/snapshot';
import { type LanePosition, POSITION_QUERY, positionIn } from './lanes/position-query';
import type { NodeConnection } from './node-connection';
import type { NodePool } from './node-pool';
import type { ReplayProgress } from './replay-progress';
import type { Route } from './route';
import { isServerOf, positionOf } from './position-of-node';

export interface ServerPositionsOptions {
  readonly poolOf: (node: NodeStatus) => NodePool;
  readonly snapshot: () => TopologySnapshot;
  readonly progress: ReplayProgress;
}

/** Asks servers how far their data reaches, and moves sessions on by what they say. */
export class ServerPositions {
  constructor(private readonly options: ServerPositionsOptions) {}

  /** On a connection that any statement may use. */
  async of(node: NodeStatus): Promise<LanePosition | undefined> {
    const pool = this.options.poolOf(node);
    if (pool.lanes) return positionIn((await pool.lanes.read({ input: POSITION_QUERY })).result);
    const connection = await pool.acquire({ isExpendable: true });
    try {
      return await connection.position();
    } finally {
      connection.release();
    }
  }

  /** The connection of a write broke between its answer and its position: any later position covers it. */
  async ofPrimary(): Promise<LanePosition | undefined> {
    const { primary } = this.options.snapshot();
    return primary && (await this.of(primary).catch(() => undefined));
  }

  /** Whether this very connection sees at least what the session has seen. */
  async isProven(connection: NodeConnection, { node }: Decision, { position }: Route): Promise<boolean> {
    if (!position || node.role === 'primary') return true;
    // One that breaks while it is asked has proven nothing; release() destroys it.
    const known = await connection.position().catch(() => undefined);
    if (!known) return false;
    const isProven = known.lsn >= position.lsn && isServerOf(node, known);
    this.options.progress.observe(node.address.name, known.lsn, !isProven);
    return isProven;
  }

  /** What was read on the connection, its session has seen. */
  async seen(connection: NodeConnection, session: Session | undefined): Promise<void> {
    if (!session) return;
    const position = await connection.position().catch(() => undefined);
    await this.ended(connection.node, position, false, session);
  }

  /** A transaction has ended on a node; its server has said how far its data reached then. */
  async ended(
    { name }: NodeAddress,
    position: LanePosition | undefined,
    isCommitted: boolean,
    session: Session | undefined,
  ): Promise<void> {
    if (!session) return;
    const node = this.options.snapshot().nodes.find(({ address }) => address.name === name);
    const known = position ?? (isCommitted ? await this.ofPrimary() : undefined);
    const reached = node && known && positionOf(node, known);
    if (reached) session.advance(reached);
  }
}
