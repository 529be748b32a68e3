import { slowestCase } from './comparisons';
import { COUNTERPARTS } from './counterparts';
import type { Figures } from './figures';
import { CPU, RATE, REQUEST_RATE } from './metrics';
import { type PeerName, PGBENCH } from './peers';
import { BARE, EXPRESS, OURS } from './services/shops';
import { atLeast, atMost, atMostValue, type Ratio, type Verdict } from './verdict';
import { DECISION, nodesOf } from './works/decision';
import { GROWTH, replicasOf } from './works/growth';
import { ENDPOINTS, HTTP, httpCase } from './works/http';
import { LINKS, PLACE } from './works/links';
import { history } from './works/statements/history';
import { insert } from './works/statements/insert';
import { orderWithItems } from './works/statements/order-with-items';
import { placeOrder } from './works/statements/place-order';
import { rawRead } from './works/statements/raw-read';
import { read } from './works/statements/read';
import { rows } from './works/statements/rows';
import { twoRelations } from './works/statements/two-relations';
import type { StatementWork } from './works/statements/statement-work';
import { CONNECTIONS, LIMIT, PROCESS_COUNTS, PROCESSES, processesCase } from './works/processes';
import {
  ALONE,
  IDLE,
  IDLE_CPU,
  KEPT,
  MEMORY,
  NEW,
  NPM_START,
  READY,
  SERVICE,
  START_AND_IDLE,
} from './works/start-and-idle';
import { HEDGED, PHASES, TAIL } from './works/tail';
import { callersOf } from './works/throughput';

const POOL: PeerName = 'RoutedPool';
const ON_ROUTED: PeerName = 'TypeORM on RoutedPool';
const PG_POOL: PeerName = 'pg.Pool';
const TYPEORM: PeerName = 'TypeORM replication';
const PGPOOL: PeerName = 'Pgpool-II';

/** What is read, how many times as many a second as by whom, and by which of ours. */
const READS: readonly (readonly [string, StatementWork, number, PeerName | typeof PGBENCH, PeerName])[] = [
  ['raw reads', rawRead, 3.5, PG_POOL, POOL],
  ['raw reads', rawRead, 3.5, TYPEORM, ON_ROUTED],
  ['raw reads', rawRead, 0.9, PGBENCH, POOL],
  ['raw reads', rawRead, 5, PGPOOL, POOL],
  ['order with items', orderWithItems, 2, TYPEORM, ON_ROUTED],
  ['order with items', orderWithItems, 0.9, PGBENCH, POOL],
  ['history as SQL text', history, 0.75, PGBENCH, POOL],
  ['history by query builder', history, 3, TYPEORM, ON_ROUTED],
  ['findOneBy', read, 4, TYPEORM, ON_ROUTED],
  ['find with two relations', twoRelations, 3, TYPEORM, ON_ROUTED],
  ['1,000 rows', rows, 2, PG_POOL, POOL],
];

const WRITES = { 'one INSERT': insert, 'placing an order': placeOrder };
/** By the pool, and by mappers that run on `pg.Pool`. */
const WRITERS: readonly PeerName[] = [PG_POOL, TYPEORM, 'Kysely on pg.Pool', 'Drizzle withReplicas'];

/** Leaves out targets whose figures this run has not measured. */
export function judge(figures: Figures): Verdict[] {
  return [
    ...readVerdicts(figures),
    ...writeVerdicts(figures),
    ...httpVerdicts(figures),
    ...others(figures),
  ].filter((verdict) => verdict !== undefined);
}

function readVerdicts(figures: Figures) {
  return READS.map(([name, work, bar, theirs, ours]) => {
    // A single number of callers is that of the target, and goes without saying where it is 32.
    const callers = work.callers.includes(CALLERS) ? CALLERS : (work.callers[0] ?? CALLERS);
    const stated = callers === CALLERS ? '' : `, ${callersOf(callers)}`;
    const ratio = ratioIn(figures, work.name, callersOf(callers), ours, theirs);
    const what = `${name}${stated}, × ${theirs}`;
    return atLeast({ topic: 'reads', what, bar }, ratio(RATE), { costs: ratio(CPU) });
  });
}

/** The number of callers that most targets are set for. */
const CALLERS = 32;

function writeVerdicts(figures: Figures) {
  return Object.entries(WRITES).flatMap(([name, work]) =>
    WRITERS.flatMap((theirs) =>
      work.callers.map((callers) => {
        const ratio = ratioIn(figures, work.name, callersOf(callers), COUNTERPARTS[theirs] ?? '', theirs);
        const what = `${name}, ${callersOf(callers)}, × ${theirs}`;
        const options = { costs: ratio(CPU), isCpuJudged: true };
        return atLeast({ topic: 'writes', what, bar: 1 }, ratio(RATE), options);
      }),
    ),
  );
}

function httpVerdicts(figures: Figures) {
  const verdict = (endpoint: string, theirs: string, bar: number) => {
    const ratio = ratioIn(figures, HTTP, httpCase(endpoint, CALLERS), OURS, theirs);
    const what = `${endpoint}, × ${theirs}`;
    return atLeast({ topic: 'http', what, bar }, ratio(REQUEST_RATE), { costs: ratio(CPU) });
  };
  return [
    ...Object.keys(ENDPOINTS).map((endpoint) => verdict(endpoint, EXPRESS, 3)),
    ...Object.entries(ENDPOINTS).map(([endpoint, share]) => verdict(endpoint, BARE, share)),
  ];
}

const target = (what: string, bar: number) => ({ topic: 'others', what, bar }) as const;

function others(figures: Figures) {
  const growth = (replicas: number) => figures.rounds(GROWTH, replicasOf(replicas), POOL, RATE);
  const tail = (phase: string, contender: string) => figures.rounds(TAIL, phase, contender, 'p99 ms');
  const cost = (nodes: number) => figures.rounds(DECISION, nodesOf(nodes), 'decide()', 'ns/decision');
  const links = ratioIn(figures, LINKS, PLACE, OURS, EXPRESS);
  const slow = (contender: string): Ratio => ({
    ours: tail(PHASES[1], contender),
    theirs: tail(PHASES[0], contender),
  });
  return [
    atMost(target('placing an order at 1 ms links, × the time', 0.6), links('p50 ms')),
    atMost(target('p99 with one slow replica, × healthy', 2), slow(ON_ROUTED)),
    atMost(target('p99 with one slow replica, hedged, × healthy', 2), slow(HEDGED)),
    atMostValue(target('a decision among 300 nodes', 1_000), cost(300), 'ns'),
    atMost(target('a decision among 100 nodes, × among 3', 2), { ours: cost(100), theirs: cost(3) }),
    atLeast(target('reads by 8 replicas, × by one', 7.5), { ours: growth(8), theirs: growth(1) }),
    ...connections(figures),
    ...startAndIdle(figures),
    slowestCase(figures),
  ];
}

function startAndIdle(figures: Figures) {
  const rounds = (circumstances: string, contender: string, metric: string) =>
    figures.rounds(START_AND_IDLE, circumstances, contender, metric);
  return [
    atMostValue(target(`${NPM_START}, ${NEW}, until ready`, 5), rounds(NEW, NPM_START, READY), 's'),
    atMostValue(target(`${NPM_START}, ${KEPT}, until ready`, 5), rounds(KEPT, NPM_START, READY), 's'),
    atMostValue(target('a service alone, until ready', 1.5), rounds(ALONE, SERVICE, READY), 's'),
    atMostValue(target('an idle service, of one core', 0.5), rounds(IDLE, SERVICE, IDLE_CPU), '%'),
    atMostValue(target('an idle service, resident memory', 110), rounds(IDLE, SERVICE, MEMORY), 'MiB'),
  ];
}

/** With the limit for all processes together. */
function connections(figures: Figures) {
  const circumstances = processesCase(PROCESS_COUNTS.at(-1) ?? 1, 'orders');
  const limit = figures.median(PROCESSES, circumstances, POOL, LIMIT);
  if (limit === undefined) return [];
  const what = `connections of ${PROCESS_COUNTS.at(-1) ?? 1} processes to one node`;
  const rounds = figures.rounds(PROCESSES, circumstances, POOL, CONNECTIONS);
  return [atMostValue({ topic: 'others', what, bar: limit }, rounds, 'connections')];
}

function ratioIn(figures: Figures, work: string, circumstances: string, ours: string, theirs: string) {
  return (metric: string): Ratio => ({
    ours: figures.rounds(work, circumstances, ours, metric),
    theirs: figures.rounds(work, circumstances, theirs, metric),
  });
}
