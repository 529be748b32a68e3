import type { Bench, Plan, WorkGroup } from '../bench';
import type { PeerName } from '../peers';
import { CONTENDER_START_MS } from '../schedule';
import { callersOf } from './throughput';
import { WARM_UP_TAKES_MS, warmUp } from './warm-up';

export const LAYERS = 'layers';
const CALLERS = 32;

/** What is measured, and what it adds to the one before. */
interface Layer {
  readonly name: string;
  readonly peer: PeerName;
  readonly work: string;
  readonly routedOptions?: Readonly<Record<string, unknown>>;
}

const layers: readonly Layer[] = [
  { name: 'the driver: pg.Pool on one replica', peer: 'pg.Pool', work: 'raw-read' },
  {
    name: '+ routing',
    peer: 'RoutedPool',
    work: 'raw-read',
    routedOptions: { maxLanesPerNode: 0, prepareStatements: false },
  },
  {
    name: '+ prepared statements',
    peer: 'RoutedPool',
    work: 'raw-read',
    routedOptions: { maxLanesPerNode: 0 },
  },
  { name: '+ lanes', peer: 'RoutedPool', work: 'raw-read' },
  { name: '+ TypeORM, as SQL text', peer: 'TypeORM on RoutedPool', work: 'raw-read' },
  { name: '+ TypeORM, findOneBy', peer: 'TypeORM on RoutedPool', work: 'read' },
];

/** One read of an order, with one layer more each time: what each of them gains or costs. */
export const layered: WorkGroup = {
  works: [{ name: LAYERS, title: 'An order by its primary key, with one layer more in each row' }],
  isDefault: true,
  expectedMs: (plan) => {
    const roundsMs = plan.rounds * (plan.warmMs + plan.measureMs);
    return (
      layersIn(plan).length * (CONTENDER_START_MS + roundsMs + (plan.isSmoke ? 0 : 2 * WARM_UP_TAKES_MS))
    );
  },
  async run(bench) {
    for (const layer of layersIn(bench.plan)) await measure(bench, layer);
    noteSteps(bench);
  },
};

function layersIn({ isSmoke }: Plan): readonly Layer[] {
  return isSmoke ? layers.slice(1, 3) : layers;
}

async function measure(bench: Bench, { name, peer, work, routedOptions = {} }: Layer): Promise<void> {
  const { plan, say } = bench;
  const contender = await bench.contender(peer, { routedOptions });
  if (!plan.isSmoke) await warmUp(bench, work, contender);
  const load = { kind: 'closed', callers: CALLERS, warmMs: plan.warmMs } as const;
  for (let round = 1; round <= plan.rounds; round += 1) {
    const sample = await bench.measure(contender, work, load, plan.measureMs);
    bench.record(LAYERS, callersOf(CALLERS), name, sample);
  }
  await contender.close();
  say(`  ${LAYERS}: ${name}`);
}

/** Adds to each row how many times the throughput and the CPU time of the row before it has. */
function noteSteps({ figures }: Bench): void {
  const median = (name: string, metric: string) =>
    figures.median(LAYERS, callersOf(CALLERS), name, metric) ?? NaN;
  for (const [index, { name }] of layers.entries()) {
    const before = layers[index - 1]?.name;
    if (before === undefined) continue;
    const at = { work: LAYERS, case: callersOf(CALLERS), contender: name };
    const rate = median(name, 'operations/s') / median(before, 'operations/s');
    const cost = median(name, 'all CPU µs') / median(before, 'all CPU µs');
    if (Number.isFinite(rate)) figures.add({ ...at, metric: '× before' }, rate);
    if (Number.isFinite(cost)) figures.add({ ...at, metric: 'CPU × before' }, cost);
  }
}
