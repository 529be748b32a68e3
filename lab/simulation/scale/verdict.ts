import type { DecisionCost } from './decision-cost';
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
/** What may grow between the first look at the memory and the last one. */
const MAX_GROWTH = 1.05;

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

function memory({ held }: ScaleResult): Verdict {
  const [first, last] = [held[0], held.at(-1)];
  const growth = first && last ? last.mapEntries / first.mapEntries : Infinity;
  const timers = first && last ? last.timers / first.timers : Infinity;
  return {
    what: 'maps and timers do not grow with time',
    measured:
      `${first?.mapEntries} to ${last?.mapEntries} map entries, ` +
      `${first?.timers} to ${last?.timers} timers`,
    isKept: growth <= MAX_GROWTH && timers <= MAX_GROWTH,
  };
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
    what: `a decision looks at ${MAX_LOOKS} replicas at most, on average, whatever the size of the cluster`,
    measured: most.toFixed(2),
    isKept: most <= MAX_LOOKS,
  };
}
