import { COUNTERPARTS } from './counterparts';
import type { Figures, Summary } from './figures';
import { PGBENCH } from './peers';
import { BARE, EXPRESS, OURS } from './services/shops';
import { DECISION, nodesOf } from './works/decision';
import { GROWTH, replicasOf } from './works/growth';
import { ENDPOINTS, HTTP, HTTP_SQL, httpCase } from './works/http';
import { LINKS, PLACE } from './works/links';
import { statementWorks } from './works/statements';
import { HEDGED, PHASES, TAIL } from './works/tail';
import { callersOf } from './works/throughput';
import { atLeast, atMost, atMostValue, type Ratio, type Verdict } from './verdict';

/** The number of callers that the targets are set for. */
const CALLERS = callersOf(32);
const RATE = 'operations/s';
const CPU = 'all CPU µs';
const ON_ROUTED = 'TypeORM on RoutedPool';
const TYPEORM = 'TypeORM replication';

/** Leaves out targets whose figures this run has not measured. */
export function judge(figures: Figures): Verdict[] {
  const statement = (what: string, bar: number, work: string, ours: string, theirs: string) => {
    const ratio = ratioIn(figures, { work, circumstances: CALLERS, ours, theirs });
    return atLeast(what, bar, ratio(RATE), ratio(CPU));
  };
  const http = (endpoint: string, theirs: string, bar: number) => {
    const ratio = ratioIn(figures, {
      work: HTTP,
      circumstances: httpCase(endpoint, 32),
      ours: OURS,
      theirs,
    });
    return atLeast(`${endpoint} over HTTP, × ${theirs}`, bar, ratio('requests/s'), ratio(CPU));
  };
  const links = ratioIn(figures, { work: LINKS, circumstances: PLACE, ours: OURS, theirs: EXPRESS });
  const growth = (replicas: number) => figures.median(GROWTH, replicasOf(replicas), 'RoutedPool', RATE);
  const tail = (phase: string, contender = ON_ROUTED) => figures.median(TAIL, phase, contender, 'p99 ms');
  const cost = (nodes: number) => figures.median(DECISION, nodesOf(nodes), 'decide()', 'ns/decision');
  return [
    statement('raw reads, × pg.Pool', 3.5, 'raw-read', 'RoutedPool', 'pg.Pool'),
    statement('raw reads, × TypeORM replication', 3.5, 'raw-read', ON_ROUTED, TYPEORM),
    statement('findOneBy, × TypeORM replication', 2.5, 'read', ON_ROUTED, TYPEORM),
    statement('order with items, × TypeORM replication', 2, 'order-with-items', ON_ROUTED, TYPEORM),
    statement(`raw reads, × ${PGBENCH}`, 0.9, 'raw-read', 'RoutedPool', PGBENCH),
    statement('raw reads, × Pgpool-II', 5, 'raw-read', 'RoutedPool', 'Pgpool-II'),
    ...Object.keys(ENDPOINTS).map((endpoint) => http(endpoint, EXPRESS, 3)),
    ...Object.entries(ENDPOINTS).map(([endpoint, share]) => http(endpoint, BARE, share)),
    atMost('placing an order at 1 ms links, × the time', 0.6, links('p50 ms')),
    slowestCase(figures),
    atMostValue('a decision among 300 nodes', 1_000, cost(300), 'ns'),
    atMost('a decision among 100 nodes, × among 3', 2, { ours: cost(100), theirs: cost(3) }),
    atLeast('8 replicas, × one', 7.5, { ours: growth(8), theirs: growth(1) }),
    atMost('p99 with one slow replica, × healthy', 2, { ours: tail(PHASES[1]), theirs: tail(PHASES[0]) }),
    atMost('p99 with one slow replica, hedged, × healthy', 2, {
      ours: tail(PHASES[1], HEDGED),
      theirs: tail(PHASES[0], HEDGED),
    }),
  ].filter((verdict) => verdict !== undefined);
}

interface Comparison {
  readonly work: string;
  readonly circumstances: string;
  readonly ours: string;
  readonly theirs: string;
}

function ratioIn(figures: Figures, { work, circumstances, ours, theirs }: Comparison) {
  return (metric: string): Ratio => ({
    ours: figures.median(work, circumstances, ours, metric),
    theirs: figures.median(work, circumstances, theirs, metric),
  });
}

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

function slowestCase(figures: Figures): Verdict | undefined {
  const [byClock, byCpu] = [casesOf(figures, [RATE, 'requests/s']), casesOf(figures, [CPU])];
  if (byClock.length === 0) return undefined;
  const slower = byClock.filter(({ ratio }) => ratio < 1).sort((a, b) => a.ratio - b.ratio);
  const dearer = byCpu.filter(({ ratio }) => ratio > 1);
  const [worst] = slower;
  const detail =
    worst && `; ${worst.ratio.toFixed(2)} × ${worst.contender} in ${worst.work}, ${worst.circumstances}`;
  return {
    what: 'cases in which ours is slower, including one caller',
    bar: 'none',
    measured: `${slower.length} of ${byClock.length}${detail ?? ''}`,
    byCpu: byCpu.length === 0 ? undefined : `${dearer.length} of ${byCpu.length}`,
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
