import { formatLsn, type Lsn } from '../../postgres/position/lsn';
import type { NodeStatus } from '../../cluster/topology/snapshot';
import { POSITION_QUERY, positionIn } from '../../postgres/position/position-query';
import type { NodePool } from '../../postgres/connections/node-pool';
import { sqlStateOf } from '../../postgres/protocol/pg-errors';

/** WAIT FOR LSN came with PostgreSQL 19 (its manual, "WAIT FOR"). */
const FIRST_VERSION = 190_000;
const SYNTAX_ERROR = '42601';

/** A timeout of less than a millisecond would mean none at all. It says how it ended instead of failing. */
export function waitForSql(lsn: Lsn, timeoutMs: number): string {
  const limitMs = Math.max(1, Math.ceil(timeoutMs));
  return `WAIT FOR LSN '${formatLsn(lsn)}' WITH (MODE 'standby_replay', TIMEOUT '${limitMs}ms', NO_THROW)`;
}

/** Lets replicas tell when they have replayed something, where they can, so that nobody needs to ask again and again. */
export class ServerWaits {
  /** Those that have refused, whatever their version says: what stands between may not know the statement. */
  readonly #refused = new Set<string>();

  constructor(private readonly poolOf: (node: NodeStatus) => NodePool) {}

  /**
   * Resolves with how far the node has replayed when it has replayed `lsn`, or after `timeoutMs`; with undefined when it cannot say. Nothing at
   * all for a node that cannot wait. Rejects when it cannot be asked.
   */
  until(node: NodeStatus, lsn: Lsn, timeoutMs: number): Promise<Lsn | undefined> | undefined {
    const { serverVersion = 0, address } = node;
    if (serverVersion < FIRST_VERSION || this.#refused.has(address.name)) return undefined;
    return this.#wait(node, lsn, timeoutMs);
  }

  async #wait(node: NodeStatus, lsn: Lsn, timeoutMs: number): Promise<Lsn | undefined> {
    const connection = await this.poolOf(node).acquire({ isExpendable: true });
    try {
      const [waited, asked] = await connection.batch([waitForSql(lsn, timeoutMs), POSITION_QUERY]);
      if (waited?.status === 'rejected' && sqlStateOf(waited.reason) === SYNTAX_ERROR) {
        this.#refused.add(node.address.name);
      }
      return asked?.status === 'fulfilled' ? positionIn(asked.value)?.lsn : undefined;
    } finally {
      connection.release();
    }
  }
}
