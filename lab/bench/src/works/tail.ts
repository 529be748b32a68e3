import type { Bench, WorkGroup } from '../bench';
import type { Contender } from '../contender/contender';
import { formatNumber } from '../statistics';

export const TAIL = 'tail';
const SLOW_MS = 50;
const RATE_PER_SECOND = 400;
const LIMIT_MS = 2_000;
const MEASURE_MS = 4_000;
const WARM_MS = 2_000;
/** Of a contender, with what its last operations wait for. */
const START_MS = 2_000;
/** Time between two phases, so that the aftermath of one does not count against the next contender. */
const SETTLE_MS = 2_500;

export const PHASES = ['healthy', `one ${SLOW_MS} ms slow`, 'one frozen', 'healthy again'] as const;

/** The contenders, by their names in the tables; `routedOptions` adds hedging to the pool. */
export interface TailEntrant {
  readonly name: string;
  readonly peer: 'TypeORM on RoutedPool' | 'TypeORM replication';
  readonly routedOptions?: Readonly<Record<string, unknown>>;
}

export const HEDGED = 'TypeORM on RoutedPool, hedged';

const ENTRANTS: readonly TailEntrant[] = [
  { name: 'TypeORM on RoutedPool', peer: 'TypeORM on RoutedPool' },
  { name: HEDGED, peer: 'TypeORM on RoutedPool', routedOptions: { hedging: {} } },
  { name: 'TypeORM replication', peer: 'TypeORM replication' },
];

/** Reads at a steady rate while one of two replicas is slow, and then silent. */
export const tail: WorkGroup = {
  works: [
    { name: TAIL, title: `${RATE_PER_SECOND} reads/s, one of two replicas ${SLOW_MS} ms slow, then frozen` },
  ],
  isDefault: true,
  expectedMs: ({ isSmoke, measureMs }) =>
    ENTRANTS.length *
    (isSmoke
      ? START_MS + PHASES.length * measureMs
      : START_MS + WARM_MS + PHASES.length * MEASURE_MS + 2 * SETTLE_MS),
  async run(bench) {
    for (const entrant of ENTRANTS) await measureEntrant(bench, entrant);
  },
};

async function measureEntrant(bench: Bench, { name, peer, routedOptions = {} }: TailEntrant): Promise<void> {
  const { stage, plan } = bench;
  const [victim] = stage.replicas;
  if (victim === undefined) throw new TypeError('There is no replica.');
  const contender = await bench.contender(peer, { via: 'link', routedOptions });
  const phase = (index: number) => measurePhase(bench, contender, name, PHASES[index] ?? '');
  const settle = () => elapsed(plan.isSmoke ? 0 : SETTLE_MS);
  // Lets slow start end and code get compiled, as in a service that has run for a while.
  await contender.measure('read', { kind: 'closed', callers: 8, warmMs: 0 }, plan.isSmoke ? 200 : WARM_MS);
  await phase(0);
  try {
    victim.link.setLatencyMs(SLOW_MS);
    await phase(1);
    victim.link.setLatencyMs(0);
    await settle();
    victim.freeze();
    await phase(2);
    victim.thaw();
    await settle();
    await phase(3);
  } finally {
    victim.thaw();
    await victim.link.restore();
    await contender.close();
  }
}

async function measurePhase(bench: Bench, contender: Contender, name: string, phase: string): Promise<void> {
  const { plan, say, figures } = bench;
  const load = { kind: 'open', ratePerSecond: RATE_PER_SECOND, limitMs: LIMIT_MS } as const;
  const sample = await contender.measure('read', load, plan.isSmoke ? plan.measureMs : MEASURE_MS);
  const values = {
    'p50 ms': sample.p50Ms,
    'p99 ms': sample.p99Ms,
    'p99.9 ms': sample.p999Ms,
    'failed %': (100 * sample.failed) / Math.max(1, sample.operations),
  };
  for (const [metric, value] of Object.entries(values)) {
    figures.add({ work: TAIL, case: phase, contender: name, metric }, value);
  }
  bench.noteFailures(TAIL, phase, name, sample);
  const shown = Object.entries(values).map(([metric, value]) => `${metric} ${formatNumber(value)}`);
  say(`  ${TAIL}, ${phase}: ${name} ${shown.join(', ')}`);
}

function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
