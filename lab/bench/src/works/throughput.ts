import type { Bench, WorkGroup } from '../bench';
import type { Contender } from '../contender/contender';
import { type PeerName, peers, PGBENCH } from '../peers';
import { Pgbench } from '../services/pgbench';
import { Pgpool } from '../services/pgpool';
import { POOL_SIZE } from '../stage';
import { formatNumber } from '../statistics';
import { statementWork, statementWorks } from './statements';

const WARM_CALLERS = 32;
/**
 * A pool with a separate path for reads would start the writes with code that has hardly run; others would
 * not.
 */
const WARM_OPERATIONS = 20_000;
const WARM_STEP_MS = 150;
const MAX_WARM_MS = 8_000;
/** Writes are measured this many times as long as reads. */
const WRITES_LAST = 3;

interface Entrant {
  readonly contender: Contender;
  readonly works: readonly string[];
}

/** Runs each statement with every contender and every number of callers, in turn. */
export const throughput: WorkGroup = {
  works: statementWorks.map(({ name, title }) => ({ name, title })),
  isDefault: true,
  async run(bench, wanted) {
    const entrants = await startEntrants(bench, wanted);
    const pgbench = findPgbench(bench);
    for (const work of wanted) {
      const contenders = entrants.flatMap((entrant) =>
        entrant.works.includes(work) ? [entrant.contender] : [],
      );
      if (!bench.plan.isSmoke) await warmUp(work, contenders);
      for (let round = 1; round <= bench.plan.rounds; round += 1) {
        for (const callers of bench.plan.callers) {
          // The order changes each round, so that no contender always runs after the same one's dirty pages.
          await measureAll(bench, work, rotate(contenders, round), callers);
          await measurePgbench(bench, work, pgbench, callers);
        }
      }
    }
  },
};

export function callersOf(callers: number): string {
  return callers === 1 ? '1 caller' : `${callers} callers`;
}

/** Compiles code and opens connections, so that neither puts a contender at a disadvantage. */
async function warmUp(work: string, contenders: readonly Contender[]): Promise<void> {
  for (const contender of contenders) {
    const startMs = performance.now();
    let operations = 0;
    // Counted in operations, not time: on a busy machine, code takes longer to get compiled.
    while (operations < WARM_OPERATIONS && performance.now() - startMs < MAX_WARM_MS) {
      const load = { kind: 'closed', callers: WARM_CALLERS, warmMs: 0 } as const;
      operations += (await contender.measure(work, load, WARM_STEP_MS)).allOperations;
    }
  }
}

async function measureAll(
  bench: Bench,
  work: string,
  contenders: readonly Contender[],
  callers: number,
): Promise<void> {
  const { warmMs, isSmoke } = bench.plan;
  const measureMs = bench.plan.measureMs * (statementWork(work).isWrite && !isSmoke ? WRITES_LAST : 1);
  const rates: string[] = [];
  for (const contender of contenders) {
    const sample = await bench.measure(contender, work, { kind: 'closed', callers, warmMs }, measureMs);
    bench.record(work, callersOf(callers), contender.name, sample);
    rates.push(`${contender.name} ${formatNumber((sample.operations * 1_000) / sample.durationMs)}`);
  }
  bench.say(`  ${work}, ${callersOf(callers)}, operations/s: ${rates.join(', ')}`);
}

async function measurePgbench(
  bench: Bench,
  work: string,
  pgbench: Pgbench | undefined,
  callers: number,
): Promise<void> {
  const known = Pgbench.works.find((candidate) => candidate === work);
  if (pgbench === undefined || known === undefined) return;
  const rate = await pgbench.measure(known, callers);
  if (rate === 0) {
    bench.figures.note(work, `${PGBENCH}, ${callersOf(callers)}: the time was up before it had connected`);
    return;
  }
  bench.figures.add({ work, case: callersOf(callers), contender: PGBENCH, metric: 'operations/s' }, rate);
}

async function startEntrants(bench: Bench, wanted: readonly string[]): Promise<Entrant[]> {
  const pgpoolUrl = await startPgpool(bench);
  const entrants: Entrant[] = [];
  for (const name of Object.keys(peers) as PeerName[]) {
    if (name === 'Pgpool-II' && pgpoolUrl === undefined) continue;
    if (bench.plan.contenders?.includes(name) === false) continue;
    const contender = await bench.contender(name, { pgpoolUrl });
    const works = (await contender.works()).filter((work) => wanted.includes(work));
    if (works.length > 0) entrants.push({ contender, works });
    else await contender.close();
  }
  return entrants;
}

async function startPgpool(bench: Bench): Promise<string | undefined> {
  const { stage, plan, say, figures } = bench;
  const obstacle = plan.isSmoke ? Pgpool.obstacle() : await Pgpool.install(say);
  if (obstacle !== undefined) {
    figures.note('raw-read', `Pgpool-II was skipped: ${obstacle}`);
    return undefined;
  }
  const pgpool = bench.use(await Pgpool.start(stage, 2 * POOL_SIZE));
  if (pgpool.pid !== undefined) bench.helperPids.push(pgpool.pid);
  return pgpool.url;
}

function findPgbench(bench: Bench): Pgbench | undefined {
  const pgbench = Pgbench.find(bench.stage);
  if (pgbench !== undefined) return bench.use(pgbench);
  bench.figures.note('raw-read', 'pgbench was skipped: it is not installed (postgresql-contrib)');
  return undefined;
}

function rotate<T>(values: readonly T[], by: number): T[] {
  const start = by % Math.max(1, values.length);
  return [...values.slice(start), ...values.slice(0, start)];
}
