import { randomUUID } from 'node:crypto';
import { until } from '@app/postgres-cluster';
import { HttpClient } from '../../load/http-client';
import { customersOrders } from '../../checks/ledger';
import { delayMeasurement, type FaultContext, type FaultRow, type Measurement, noFailedRead } from '../row';
import { RowLock } from './row-lock';
import type { ServiceProcess } from '../../services/service-process';
import { Session } from '../../load/session';

const LIMIT_MS = 5_000;
const GIVE_UP_MS = 8_000;

/**
 * Disconnects the client that waits for the order; receives the request's socket and the service that handles
 * it.
 */
type Departure = (destroySocket: () => void, service: ServiceProcess) => void | Promise<void>;

/**
 * The order waits for a lock that is held all the time, so only the disconnection can end its transaction.
 */
async function departure({ rig, observe }: FaultContext, depart: Departure): Promise<Measurement[]> {
  const service = await rig.startService('order-service');
  const lock = await RowLock.take(rig.cluster);
  const http = new HttpClient(30_000);
  const customer = `client-gone-${randomUUID()}`;
  const session = await Session.open(`${customer}-0`, false);
  let goneAfter: number | undefined;
  try {
    const { request } = http.start(service.url, {
      method: 'POST',
      path: '/orders',
      headers: { ...session.headers(), 'idempotency-key': randomUUID() },
      body: JSON.stringify({ items: [{ sku: lock.sku, quantity: 1 }] }),
    });
    await until('the order to wait inside its transaction', async () => (await lock.countWaiting()) === 1);
    const departedMs = performance.now();
    await depart(() => request.destroy(), service);
    await until('its transaction to end', async () => (await lock.countWaiting()) === 0, {
      timeoutMs: GIVE_UP_MS,
    }).then(
      () => (goneAfter = performance.now() - departedMs),
      () => undefined,
    );
  } finally {
    await lock.release();
    http.close();
  }
  await observe(500);
  const found = await customersOrders(rig.cluster, customer);
  const parts = found.filter(({ isWhole }) => !isWhole);
  await service.stop();
  return [
    delayMeasurement('no open transaction after', goneAfter, LIMIT_MS),
    {
      what: 'the order',
      measured: found.length === 0 ? 'not stored' : `${found.length} stored, ${parts.length} of them in part`,
      isMet: parts.length === 0,
    },
  ];
}

const guarantee = 'the transaction takes effect completely or not at all, and does not stay open';
const bar = 'all or nothing; no open transaction after 5 s, even while it waits for a lock';

export const clientGoesAway: FaultRow = {
  name: 'client-goes-away',
  fault: 'client disconnects in a transaction: HTTP socket destroyed',
  guarantee,
  bar,
  run: (context) => departure(context, (destroySocket) => destroySocket()),
  conclude: noFailedRead,
};

export const serviceKilled: FaultRow = {
  name: 'service-killed',
  fault: 'client disconnects in a transaction: SIGKILL to the service',
  guarantee,
  bar,
  run: (context) => departure(context, (_destroySocket, service) => service.kill()),
  conclude: noFailedRead,
};
