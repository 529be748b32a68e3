import type { ClusterNode } from '../cluster-node';
import { until } from '../until';

const PROMOTE_TIMEOUT_MS = 60_000;
/** SQLSTATE of a statement that was cancelled because replay conflicted with it. */
const RECOVERY_CONFLICT = '40001';

type Replica = Pick<ClusterNode, 'name' | 'query'>;

/** Promotes the replica. Resolves when it takes writes. */
export async function promoteServer(replica: Replica): Promise<void> {
  await askToPromote(replica);
  await until(
    `${replica.name} to be promoted`,
    async () => {
      const { rows } = await replica.query<{ isOver: boolean }>('SELECT NOT pg_is_in_recovery() AS "isOver"');
      return rows[0]?.isOver;
    },
    { timeoutMs: PROMOTE_TIMEOUT_MS },
  );
}

/** Replay cancels conflicting statements on a replica, and this may be one of them. */
async function askToPromote(replica: Replica): Promise<void> {
  for (;;) {
    try {
      await replica.query('SELECT pg_promote(false)');
      return;
    } catch (error) {
      if ((error as { code?: unknown }).code !== RECOVERY_CONFLICT) throw error;
    }
  }
}
