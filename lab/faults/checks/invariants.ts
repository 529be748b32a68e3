import { type PostgresCluster, until } from '@app/postgres-cluster';
import { countOpenTransactions, customersOrders, type PlacedOrder, stockAndSold } from './ledger';
import type { Load } from '../load/load';
import type { Operation } from '../load/operation';
import type { Measurement } from '../rows/row';
import { orders, reads } from '../load/statistics';

const RESOLVE_TIMEOUT_MS = 15_000;
const OPEN_TRANSACTION_GRACE_MS = 5_000;

/**
 * Conditions that must hold on every row, for any fault. `stockBefore` is `stockAndSold` from before the
 * load.
 */
export async function checkInvariants(
  cluster: PostgresCluster,
  load: Load,
  stockBefore: number,
): Promise<Measurement[]> {
  const { operations } = load;
  const resolved = await resolveUnknown(load, operations);
  const present = await customersOrders(cluster, load.options.prefix);
  return [
    resolved.measurement,
    ...ordersKept(operations, resolved.answers, present),
    stock(stockBefore, await stockAndSold(cluster)),
    noWriteOnReplica(operations),
    await noOpenTransaction(cluster),
    ...shownToReaders(operations),
    evenLoad(load),
  ];
}

/** Repeats unanswered orders with their keys, each of which must give a definite answer. */
async function resolveUnknown(
  load: Load,
  operations: readonly Operation[],
): Promise<{ answers: Map<Operation, string | undefined>; measurement: Measurement }> {
  const unknown = orders(operations).filter(({ outcome }) => outcome === 'unknown');
  const answers = new Map<Operation, string | undefined>();
  let unresolved = 0;
  for (const operation of unknown) {
    try {
      const answer = await until(
        'a definite answer',
        async () => {
          const { status, body } = await load.repeat(operation);
          return status === 201 || (status >= 400 && status < 500) ? { status, body } : undefined;
        },
        { timeoutMs: RESOLVE_TIMEOUT_MS, pollMs: 100 },
      );
      answers.set(
        operation,
        answer.status === 201 ? (JSON.parse(answer.body) as { id: string }).id : undefined,
      );
    } catch {
      unresolved += 1;
    }
  }
  const measurement = {
    what: 'orders with unknown outcome, resolved by their key',
    measured: `${unknown.length - unresolved} of ${unknown.length}`,
    isMet: unresolved === 0,
  };
  return { answers, measurement };
}

function ordersKept(
  operations: readonly Operation[],
  resolved: ReadonlyMap<Operation, string | undefined>,
  present: readonly PlacedOrder[],
): Measurement[] {
  const keys = present.flatMap(({ key }) => (key === null ? [] : [key]));
  const known = new Set(keys);
  const ids = new Set(present.map(({ id }) => id));
  const placed = orders(operations);
  const acknowledged = [
    ...placed.flatMap(({ placed: order }) => (order?.orderId === undefined ? [] : [order.orderId])),
    ...[...resolved.values()].filter((id) => id !== undefined),
  ];
  const lost = acknowledged.filter((id) => !ids.has(id));
  const ghosts = placed.filter(
    ({ outcome, placed: order }) => outcome === 'failed' && order !== undefined && known.has(order.key),
  );
  const twice = keys.filter((key, index) => keys.indexOf(key) !== index);
  const keyless = present.filter(({ key }) => key === null);
  const torn = present.filter(({ isWhole }) => !isWhole);
  return [
    none('acknowledged orders lost', lost, `${acknowledged.length} acknowledged`),
    none('failed orders that exist anyway', ghosts),
    none('keys used for two orders, orders without their key', [...twice, ...keyless]),
    none('orders whose items do not match their item count', torn),
  ];
}

function none(what: string, found: readonly unknown[], of?: string): Measurement {
  return {
    what,
    measured: of === undefined ? String(found.length) : `${found.length} (${of})`,
    isMet: found.length === 0,
  };
}

function stock(before: number, after: number): Measurement {
  return {
    what: 'pieces in stock plus pieces sold unchanged',
    measured: `${after - before} off`,
    isMet: after === before,
  };
}

function noWriteOnReplica(operations: readonly Operation[]): Measurement {
  const found = orders(operations).filter(({ route }) => route.some(({ role }) => role !== 'primary'));
  return none('orders routed to a replica', found);
}

async function noOpenTransaction(cluster: PostgresCluster): Promise<Measurement> {
  let open = -1;
  try {
    await until(
      'no open transaction',
      async () => {
        open = await countOpenTransactions(cluster);
        return open === 0;
      },
      { timeoutMs: OPEN_TRANSACTION_GRACE_MS, pollMs: 200 },
    );
  } catch {
    // The last finding is the one to report.
  }
  return { what: 'open transactions left behind', measured: String(open), isMet: open === 0 };
}

function shownToReaders(operations: readonly Operation[]): Measurement[] {
  const all = reads(operations);
  const ofSessions = all.filter(({ hadToken }) => hadToken);
  const stale = all.filter(({ isStale }) => isStale);
  const broken = ofSessions.filter(({ isStale }) => isStale);
  return [
    none(
      'reads that showed only part of an order',
      all.filter(({ isTorn }) => isTorn),
    ),
    {
      what: 'reads that missed an order of their own session',
      measured: `${broken.length} of ${ofSessions.length} with a token, ${stale.length - broken.length} of ${
        all.length - ofSessions.length
      } without`,
      isMet: broken.length === 0 && ofSessions.length > 0,
    },
  ];
}

/** A load that falls behind proves nothing. */
function evenLoad({ skipped, operations }: Load): Measurement {
  return {
    what: 'requests the load skipped',
    measured: String(skipped),
    isMet: skipped === 0 && operations.length > 0,
  };
}
