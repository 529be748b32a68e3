import type { DecisionCost } from './decision-cost';
import type { Held } from './held';
import { ZONES } from './plan';
import type { ScaleResult } from './run-scale';

/** One requirement, what was measured, and whether it holds. */
export interface Verdict {
  readonly what: string;
  readonly measured: string;
  readonly isKept: boolean;
}

/** The most by which a replica's load may differ from an even share. */
const MAX_UNEVEN = 0.1;
/** The most that retries may add to the load. */
const MAX_STORM = 1.2;
/** The retry budget of the library counts over this time. */
export const STORM_SECONDS = 10;
const MAX_LOOKS = 4;
/** What may grow between the first look at a calm cluster and the last one: what is under way then. */
const MAX_GROWTH = 1.03;
const SETTLING_MINUTES = 1;
const ENTRIES_OF_PAIR = 2;

export function verdicts(result: ScaleResult, costs: readonly DecisionCost[]): readonly Verdict[] {
  return [evenness(result), storm(result), memory(result), leftovers(result), decisions(costs)];
}

function evenness({ reads }: ScaleResult): Verdict {
  const even = reads.reduce((sum, count) => sum + count, 0) / reads.length;
  const [least, most] = [Math.min(...reads), Math.max(...reads)];
  const worst = Math.max(most - even, even - least) / even;
  return {
    what: `the load of each replica is within ${MAX_UNEVEN * 100} % of even`,
    measured: `${even.toFixed(0)} reads on average, ${least} to ${most}: ${(worst * 100).toFixed(1)} %`,
    isKept: worst <= MAX_UNEVEN,
  };
}

/** The largest load of any such span after the zone is lost, in requests per second of before. */
function storm({ tally, lostAtMs, backAtMs }: ScaleResult): Verdict {
  const lostAt = lostAtMs / 1_000;
  const settled = Math.floor(lostAt / 6);
  const before = tally.between(settled, lostAt).requests / (lostAt - settled);
  let worst = 0;
  for (let from = lostAt; from + STORM_SECONDS <= backAtMs / 1_000 + 60; from++) {
    worst = Math.max(worst, tally.between(from, from + STORM_SECONDS).attempts / STORM_SECONDS / before);
  }
  return {
    what: `after a zone is lost, attempts stay below ${MAX_STORM} × the load of before, over any ${STORM_SECONDS} s`,
    measured: `${worst.toFixed(3)} ×`,
    isKept: worst <= MAX_STORM,
  };
}

/**
 * Nothing grows while nothing happens. What a service has met once it may remember: a node of another zone,
 * to which it had sent nothing before the loss.
 */
function memory({ held, plan, lostAtMs, backAtMs }: ScaleResult): Verdict {
  const minuteOf = (ms: number) => ms / 60_000;
  const calm = [
    held.filter(({ minute }) => minute <= minuteOf(lostAtMs)),
    held.filter(({ minute }) => minute > minuteOf(backAtMs) + SETTLING_MINUTES),
  ];
  const growth = calm.map((looks) => growthOf(looks));
  const [first, last] = [held[0], held.at(-1)];
  const pairs = plan.nodes * ZONES.length;
  const met = (last?.mapEntries ?? Infinity) - (first?.mapEntries ?? 0);
  return {
    what:
      `maps and timers do not grow with time (${((MAX_GROWTH - 1) * 100).toFixed(0)} % between two looks at a calm ` +
      `cluster), and by ${ENTRIES_OF_PAIR} map entries at most for each service and node when a zone was lost`,
    measured:
      `${growth.map((ratio) => ratio.toFixed(4)).join(' × and ')} ×; ${(met / pairs).toFixed(2)} entries for each; ` +
      `${first?.timers} timers, then ${last?.timers}`,
    isKept:
      growth.every((ratio) => ratio <= MAX_GROWTH) &&
      met <= pairs * ENTRIES_OF_PAIR &&
      first?.timers === last?.timers,
  };
}

function growthOf(looks: readonly Held[]): number {
  const [first, last] = [looks[0], looks.at(-1)];
  return first && last ? last.mapEntries / first.mapEntries : Infinity;
}

function leftovers({ findings }: ScaleResult): Verdict {
  const [first] = findings;
  return {
    what: 'no connection, waiter or timer is left at the end',
    measured: first ? `${findings.length} are left: ${first.what}` : 'none',
    isKept: findings.length === 0,
  };
}

function decisions(costs: readonly DecisionCost[]): Verdict {
  const most = Math.max(...costs.map(({ looks }) => looks));
  return {
    what: `a decision looks at ${MAX_LOOKS} replicas at most, on average, in a cluster of any size`,
    measured: most.toFixed(2),
    isKept: most <= MAX_LOOKS,
  };
}
