import { randomUUID } from 'node:crypto';
import { until } from '@app/postgres-cluster';
import { HttpClient } from '../../load/http-client';
import { latencyMs } from '../../load/operation';
import { type FaultRow, noFailedRead } from '../row';
import { RowLock } from './row-lock';
import { Session } from '../../load/session';
import { describeFailures, formatMs, orders, within } from '../../load/statistics';

/** More than the connections that any service's pool has to the primary. */
const HELD_ORDERS = 40;
const POOL_SIZE = 10;
const ACQUIRE_TIMEOUT_MS = 2_000;
/** Allows for HTTP and the event loops on both sides. */
const OVERHEAD_MS = 250;
const HOLD_MS = ACQUIRE_TIMEOUT_MS + 2_000;

export const poolExhausted: FaultRow = {
  name: 'pool-exhausted',
  fault: 'pool exhausted',
  guarantee:
    'requests that cannot get a connection are refused in time; the node stays in the routing; reads continue',
  bar: `503 within the acquire timeout (${ACQUIRE_TIMEOUT_MS / 1_000} s, plus ${OVERHEAD_MS} ms overhead); node not marked down`,
  // Otherwise a request that waits for a lock would return its connection when its time is up.
  rig: { environment: { DATABASE_REQUEST_BUDGET_MS: '60000' } },
  run: async ({ rig, load, health, observe, operations }) => {
    const { primary } = rig.cluster;
    await observe(1_000);
    const lock = await RowLock.take(rig.cluster);
    const http = new HttpClient(30_000);
    const session = await Session.open(`pool-exhausted-${randomUUID()}`, false);
    const body = JSON.stringify({ items: [{ sku: lock.sku, quantity: 1 }] });
    let held: Promise<unknown>;
    let heldMs: number;
    let holders: number;
    try {
      held = Promise.all(
        Array.from({ length: HELD_ORDERS }, () =>
          http.ask([rig.order.url], { method: 'POST', path: '/orders', headers: session.headers(), body }),
        ),
      );
      await until('every client to be held', async () => (await lock.countWaiting()) >= POOL_SIZE);
      heldMs = performance.now();
      await observe(HOLD_MS);
      holders = await lock.countWaiting();
    } finally {
      await lock.release();
    }
    const releasedMs = performance.now();
    await held;
    await until('an order to be placed again', () =>
      operations().some(
        ({ kind, outcome, startMs }) => kind === 'place' && outcome === 'ok' && startMs > releasedMs,
      ),
    );
    http.close();
    await load.settle();
    // Later ones get their connection when the lock is released.
    const during = orders(within(operations(), heldMs, releasedMs - ACQUIRE_TIMEOUT_MS - OVERHEAD_MS));
    const refused = during.filter(({ outcome }) => outcome !== 'ok');
    const wrong = refused.filter(({ status, retryAfter }) => status !== 503 || retryAfter === undefined);
    const slowestMs = Math.max(...during.map(latencyMs));
    const dropped = health.statesSince(primary.name, heldMs).filter(({ state }) => state !== 'up');
    return [
      { what: 'clients held', measured: String(holders), isMet: holders >= POOL_SIZE },
      {
        what: 'orders refused with 503 + Retry-After',
        measured: `${refused.length - wrong.length} of ${refused.length}${wrong.length > 0 ? ` (${describeFailures(wrong)})` : ''}`,
        isMet: wrong.length === 0 && refused.length > 0,
      },
      {
        what: 'slowest order',
        measured: formatMs(slowestMs),
        isMet: slowestMs <= ACQUIRE_TIMEOUT_MS + OVERHEAD_MS,
      },
      {
        what: 'times the primary left the routing',
        measured: dropped.length === 0 ? '0' : `${dropped.length} (${dropped[0]?.reason ?? ''})`,
        isMet: dropped.length === 0,
      },
    ];
  },
  conclude: noFailedRead,
};
