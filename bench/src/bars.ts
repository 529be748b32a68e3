import { COUNTERPARTS } from './counterparts';
import type { Figures, Summary } from './figures';
import { PGBENCH } from './peers';
import { EXPRESS, OURS } from './services/shops';
import { formatNumber } from './statistics';
import { DECISION, nodesOf } from './works/decision';
import { GROWTH, replicasOf } from './works/growth';
import { HTTP, httpCase, READ_ENDPOINTS } from './works/http';
import { LINKS, PLACE } from './works/links';
import { statementWorks } from './works/statements';
import { PHASES, TAIL } from './works/tail';
import { callersOf } from './works/throughput';

/** What was promised, and whether this run has shown it. */
export interface Verdict {
  readonly what: string;
  readonly bar: string;
  readonly measured: string;
  readonly isMet: boolean;
}

/** The number of callers that the bars are set for. */
const CALLERS = callersOf(32);
const RATE = 'operations/s';

/** Bars whose figures this run has not measured are left out. */
export function judge(figures: Figures): Verdict[] {
  const rate = (work: string, contender: string) => figures.median(work, CALLERS, contender, RATE);
  const http = (endpoint: string, contender: string) =>
    figures.median(HTTP, httpCase(endpoint, 32), contender, 'requests/s');
  const links = (contender: string) => figures.median(LINKS, PLACE, contender, 'p50 ms');
  const growth = (replicas: number) => figures.median(GROWTH, replicasOf(replicas), 'RoutedPool', RATE);
  const tail = (phase: string) => figures.median(TAIL, phase, 'TypeORM on RoutedPool', 'p99 ms');
  const cost = (nodes: number) => figures.median(DECISION, nodesOf(nodes), 'decide()', 'ns/decision');
  const onRouted = 'TypeORM on RoutedPool';
  const typeorm = 'TypeORM replication';
  return [
    atLeast('raw reads, × pg.Pool', 3.5, rate('raw-read', 'RoutedPool'), rate('raw-read', 'pg.Pool')),
    atLeast('raw reads, × TypeORM replication', 3.5, rate('raw-read', onRouted), rate('raw-read', typeorm)),
    atLeast('findOneBy, × TypeORM replication', 2.5, rate('read', onRouted), rate('read', typeorm)),
    atLeast(
      'order with items, × TypeORM replication',
      2,
      rate('order-with-items', onRouted),
      rate('order-with-items', typeorm),
    ),
    atLeast(`raw reads, × ${PGBENCH}`, 0.9, rate('raw-read', 'RoutedPool'), rate('raw-read', PGBENCH)),
    atLeast('raw reads, × Pgpool-II', 5, rate('raw-read', 'RoutedPool'), rate('raw-read', 'Pgpool-II')),
    ...READ_ENDPOINTS.map((endpoint) =>
      atLeast(`${endpoint} over HTTP, × Nest on Express`, 2, http(endpoint, OURS), http(endpoint, EXPRESS)),
    ),
    atMost('placing an order at 1 ms links, × the time', 0.5, links(OURS), links(EXPRESS)),
    slowestCase(figures),
    atMostValue('a decision among 300 nodes', 1_000, cost(300), 'ns'),
    atMost('a decision among 100 nodes, × among 3', 2, cost(100), cost(3)),
    atLeast('8 replicas, × one', 7.5, growth(8), growth(1)),
    atMost('p99 with one slow replica, × healthy', 2, tail(PHASES[1]), tail(PHASES[0])),
  ].filter((verdict) => verdict !== undefined);
}

/** How many times the other one's median ours is, where one of ours does the same in the same manner. */
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
  const { all } = figures;
  const works = new Set([HTTP, ...statementWorks.map(({ name }) => name)]);
  const cases = all.flatMap((theirs) => {
    const isRate = theirs.metric === RATE || theirs.metric === 'requests/s';
    if (!works.has(theirs.work) || !isRate || theirs.contender === PGBENCH) return [];
    const ratio = ratioOf(all, theirs);
    return ratio === undefined ? [] : [{ ratio, theirs }];
  });
  const slower = cases.filter(({ ratio }) => ratio < 1).sort((a, b) => a.ratio - b.ratio);
  if (cases.length === 0) return undefined;
  const shown = slower
    .slice(0, 5)
    .map(
      ({ ratio, theirs }) => `${formatNumber(ratio)} × ${theirs.contender} (${theirs.work}, ${theirs.case})`,
    );
  return {
    what: 'cases in which ours is slower, one caller included',
    bar: 'none',
    measured:
      slower.length === 0
        ? `none of ${cases.length}`
        : `${slower.length} of ${cases.length}: ${shown.join('; ')}${slower.length > shown.length ? '; …' : ''}`,
    isMet: slower.length === 0,
  };
}

function atLeast(
  what: string,
  bar: number,
  ours: number | undefined,
  theirs: number | undefined,
): Verdict | undefined {
  if (ours === undefined || theirs === undefined || theirs === 0) return undefined;
  const ratio = ours / theirs;
  return { what, bar: `≥ ${bar}`, measured: ratio.toFixed(2), isMet: ratio >= bar };
}

function atMost(
  what: string,
  bar: number,
  ours: number | undefined,
  theirs: number | undefined,
): Verdict | undefined {
  if (ours === undefined || theirs === undefined || theirs === 0) return undefined;
  const ratio = ours / theirs;
  return { what, bar: `≤ ${bar}`, measured: ratio.toFixed(2), isMet: ratio <= bar };
}

function atMostValue(
  what: string,
  bar: number,
  value: number | undefined,
  unit: string,
): Verdict | undefined {
  if (value === undefined) return undefined;
  return {
    what,
    bar: `≤ ${formatNumber(bar)} ${unit}`,
    measured: `${formatNumber(value)} ${unit}`,
    isMet: value <= bar,
  };
}
