import { COUNTERPARTS } from './counterparts';
import type { Figures, Summary } from './figures';
import { CPU, RATE, REQUEST_RATE } from './metrics';
import { PGBENCH } from './peers';
import { BARE } from './services/shops';
import type { Verdict } from './verdict';
import { HTTP, HTTP_SQL } from './works/http';
import { statementWorks } from './works/statements';

/** Our median as a multiple of theirs; undefined unless one of ours does the same in the same way. */
export function ratioOf(summaries: readonly Summary[], theirs: Summary): number | undefined {
  const name = COUNTERPARTS[theirs.contender];
  const ours = summaries.find(
    (candidate) =>
      candidate.contender === name &&
      candidate.work === theirs.work &&
      candidate.case === theirs.case &&
      candidate.metric === theirs.metric,
  );
  return ours && theirs.median > 0 ? ours.median / theirs.median : undefined;
}

/** The target that ours is slower in no case, with the case in which it is slowest. */
export function slowestCase(figures: Figures): Verdict | undefined {
  const [byClock, byCpu] = [casesOf(figures, [RATE, REQUEST_RATE]), casesOf(figures, [CPU])];
  if (byClock.length === 0) return undefined;
  const slower = byClock.filter(({ ratio }) => ratio < 1).sort((a, b) => a.ratio - b.ratio);
  const dearer = byCpu.filter(({ ratio }) => ratio > 1);
  const [worst] = slower;
  const detail =
    worst && `; ${worst.ratio.toFixed(2)} × ${worst.contender} in ${worst.work}, ${worst.circumstances}`;
  const dear = byCpu.length === 0 ? '' : `; by CPU time ${dearer.length} of ${byCpu.length}`;
  return {
    topic: 'others',
    what: 'cases in which ours is slower, including one caller',
    bar: 'none',
    measured: `${slower.length} of ${byClock.length}${detail ?? ''}${dear}`,
    byCpu: undefined,
    isNoisy: false,
    isMet: slower.length === 0,
  };
}

interface Case {
  readonly ratio: number;
  readonly work: string;
  readonly circumstances: string;
  readonly contender: string;
}

/** The limits of what can be reached, which we need not exceed. */
const LIMITS: readonly string[] = [PGBENCH, BARE];

/** The cases in which one of ours does the same in the same way; a limit does not count. */
function casesOf(figures: Figures, metrics: readonly string[]): Case[] {
  const { all } = figures;
  const works = new Set([HTTP, HTTP_SQL, ...statementWorks.map(({ name }) => name)]);
  return all.flatMap((theirs) => {
    const { work, contender, metric } = theirs;
    if (!works.has(work) || !metrics.includes(metric) || LIMITS.includes(contender)) return [];
    const ratio = ratioOf(all, theirs);
    return ratio === undefined ? [] : [{ ratio, work, circumstances: theirs.case, contender }];
  });
}
