import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type PostgresCluster, until } from '@app/postgres-cluster';
import { HttpClient } from '../../load/http-client';
import { delayMeasurement, type FaultRow, noFailedRead } from '../row';
import { Session } from '../../load/session';

/** As many as the pool has connections: if one had leaked, the next order would have to wait. */
const STUCK_HANDLERS = 10;
const KILL_LIMIT_MS = 10_000;
const GIVE_UP_MS = 15_000;
const ORDER_LIMIT_MS = 3_000;

export const idleInTransaction: FaultRow = {
  name: 'idle-in-transaction',
  fault: 'idle in transaction',
  guarantee: 'a handler that never returns loses its transaction and does not leak its connection',
  bar: 'killed ≤ 10 s; nothing leaked: an order is placed at once afterwards, although the handlers held the whole pool',
  run: async ({ rig, health }) => {
    const service = await rig.startService('order-service', {
      entry: join(__dirname, '..', '..', 'services', 'stuck', 'main.js'),
    });
    const http = new HttpClient(30_000);
    const session = await Session.open(`idle-in-transaction-${randomUUID()}`, false);
    const { primary } = rig.cluster;
    const requests = Array.from({ length: STUCK_HANDLERS }, () =>
      http.start(service.url, { method: 'POST', path: '/stuck', headers: session.headers() }),
    );
    let longestIdleMs = 0;
    const look = async () => {
      const { count, idleMs } = await idleTransactions(rig.cluster);
      longestIdleMs = Math.max(longestIdleMs, idleMs);
      return count;
    };
    const stuckMs = performance.now();
    await until('all handlers to be stuck', async () => (await look()) >= STUCK_HANDLERS);
    const isEnded = await until('the transactions to be ended', async () => (await look()) === 0, {
      timeoutMs: GIVE_UP_MS,
    }).catch(() => false);
    const sku = await primary.query<{ sku: string }>('SELECT sku FROM products ORDER BY stock, sku LIMIT 1');
    const beganMs = performance.now();
    const answer = await http.ask([service.url], {
      method: 'POST',
      path: '/orders',
      headers: session.headers(),
      body: JSON.stringify({ items: [{ sku: sku.rows[0]?.sku, quantity: 1 }] }),
    });
    const tookMs = performance.now() - beganMs;
    for (const { request } of requests) request.destroy();
    http.close();
    await service.kill();
    const dropped = health.statesSince(primary.name, stuckMs).filter(({ state }) => state !== 'up');
    return [
      delayMeasurement('killed after', isEnded ? longestIdleMs : undefined, KILL_LIMIT_MS),
      {
        ...delayMeasurement('order afterwards took', tookMs, ORDER_LIMIT_MS),
        ...(answer.status !== 201 && {
          measured: `${answer.status} ${answer.body.slice(0, 120)}`,
          isMet: false,
        }),
      },
      {
        what: 'times the primary left the routing of the other services',
        measured: String(dropped.length),
        isMet: dropped.length === 0,
      },
    ];
  },
  conclude: noFailedRead,
};

/** The server reports how long each has been idle; this polls every 20 ms. */
async function idleTransactions(cluster: PostgresCluster): Promise<{ count: number; idleMs: number }> {
  const { rows } = await cluster.primary.query<{ count: number; idleMs: number }>(
    `SELECT count(*)::int AS count,
            coalesce(max(extract(epoch FROM clock_timestamp() - state_change)) * 1000, 0)::float8 AS "idleMs"
       FROM pg_stat_activity
      WHERE application_name = 'order-service' AND state LIKE 'idle in transaction%'
        AND query LIKE '%txid_current()%'`,
  );
  return rows[0] ?? { count: 0, idleMs: 0 };
}
