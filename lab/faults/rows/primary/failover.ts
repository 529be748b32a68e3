import type { ClusterNode } from '@app/postgres-cluster';
import type { Operation } from '../../load/operation';
import { delayMeasurement, type FaultContext, type Measurement } from '../row';
import { describeFailures, failed, orders } from '../../load/statistics';

const GIVE_UP_MS = 12_000;

/** The delay from `sinceMs` to the first acknowledged order among those sent to the new primary. */
export async function writesResumed(
  { operations, observe }: FaultContext,
  primary: ClusterNode,
  sinceMs: number,
): Promise<number | undefined> {
  const first = () =>
    operations().find(
      ({ kind, outcome, endMs, route }) =>
        kind === 'place' &&
        outcome === 'ok' &&
        endMs >= sinceMs &&
        route.every(({ node }) => node === primary.name),
    );
  while (first() === undefined && performance.now() - sinceMs < GIVE_UP_MS) await observe(20);
  const found = first();
  return found === undefined ? undefined : Math.max(0, found.endMs - sinceMs);
}

/** Promotes a replica in place of a primary that is gone, and makes the other replica follow it. */
export async function failOver(
  context: FaultContext,
): Promise<{ promotedMs: number; primary: ClusterNode; other: ClusterNode; resumed: Measurement }> {
  const { rig } = context;
  const [primary, other] = rig.replicas;
  await primary.promote();
  const promotedMs = performance.now();
  const resumedAfter = await writesResumed(context, primary, promotedMs);
  return {
    promotedMs,
    primary,
    other,
    resumed: delayMeasurement('orders resumed after', resumedAfter, 5_000),
  };
}

/** What callers were told about orders that could not be placed; for information only. */
export function ordersMeanwhile(operations: readonly Operation[]): Measurement {
  const placed = orders(operations);
  const text = describeFailures(placed);
  return {
    what: 'orders not acknowledged',
    measured: `${failed(placed).length} of ${placed.length}${text === '' ? '' : ` (${text})`}`,
    isMet: placed.some(({ outcome }) => outcome === 'ok'),
  };
}
