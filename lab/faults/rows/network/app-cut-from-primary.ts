import { until } from '@app/postgres-cluster';
import { latencyMs, type Operation } from '../../load/operation';
import type { FaultRow, Measurement } from '../row';
import { describeFailures, failed, formatMs, orders, reads, within } from '../../load/statistics';

/** The primary keeps running and the replicas follow it; only the services cannot reach it. */
export const appCutFromPrimary: FaultRow = {
  name: 'app-cut-from-primary',
  fault: 'app cut from the primary, not from the replicas',
  guarantee: 'replicas keep serving reads; writes are refused in time',
  bar: 'reads without token served; reads with token served or 503 + Retry-After; writes 503 + Retry-After ≤ 3 s',
  run: async ({ rig, load, observe, operations }) => {
    const { primary } = rig.cluster;
    await observe(2_000);
    const cutMs = performance.now();
    primary.link.cut();
    try {
      await observe(7_000);
    } finally {
      await primary.link.restore();
    }
    const restoredMs = performance.now();
    await until('an order to be placed again', () => operations().some(isPlacedAfter(restoredMs)));
    await load.settle();
    const during = within(operations(), cutMs, restoredMs);
    return [readsWithoutToken(during), readsWithToken(during), ...writes(during, restoredMs)];
  },
};

function isPlacedAfter(sinceMs: number): (operation: Operation) => boolean {
  return ({ kind, outcome, startMs }) => kind === 'place' && outcome === 'ok' && startMs > sinceMs;
}

function readsWithoutToken(during: readonly Operation[]): Measurement {
  const without = reads(during).filter(({ hadToken }) => !hadToken);
  const count = failed(without).length;
  const why = count === 0 ? '' : ` (${describeFailures(without)})`;
  return {
    what: 'reads without token that failed',
    measured: `${count} of ${without.length}${why}`,
    isMet: count === 0 && without.length > 0,
  };
}

function readsWithToken(during: readonly Operation[]): Measurement {
  const withToken = reads(during).filter(({ hadToken }) => hadToken);
  const wrong = withToken.filter(
    ({ outcome, status, retryAfter, isStale }) =>
      isStale || (outcome !== 'ok' && !(status === 503 && retryAfter !== undefined)),
  );
  return {
    what: 'reads with token neither served fresh nor 503 + Retry-After',
    measured: `${wrong.length} of ${withToken.length}`,
    isMet: wrong.length === 0,
  };
}

function writes(during: readonly Operation[], restoredMs: number): Measurement[] {
  const all = orders(during);
  // Orders still waiting when the link was restored were placed, as expected.
  const placed = all.filter(({ endMs }) => endMs < restoredMs);
  const refused = placed.filter(({ status, retryAfter }) => status === 503 && retryAfter !== undefined);
  const slowestMs = Math.max(...all.map(latencyMs));
  return [
    {
      what: 'orders answered 503 + Retry-After',
      measured: `${refused.length} of ${placed.length}${describeOthers(placed, refused)}`,
      isMet: placed.length > 0 && refused.length === placed.length,
    },
    { what: 'slowest order', measured: formatMs(slowestMs), isMet: slowestMs <= 3_000 },
  ];
}

function describeOthers(placed: readonly Operation[], refused: readonly Operation[]): string {
  const others = placed.filter((operation) => !refused.includes(operation));
  if (others.length === 0) return '';
  const seen = others.map(
    ({ status, outcome, ...rest }) =>
      `${String(status)} ${outcome} after ${formatMs(latencyMs({ status, outcome, ...rest }))}`,
  );
  return ` (others: ${seen.join(', ')})`;
}
