import type { Bench, Plan, WorkGroup } from '../bench';
import type { Contender } from '../contender/contender';
import { RATE } from '../metrics';
import { everyPeer, type PeerName, PGBENCH } from '../peers';
import { CONTENDER_START_MS } from '../schedule';
import { Pgbench } from '../services/pgbench';
import { Pgpool } from '../services/pgpool';
import { POOL_SIZE } from '../stage';
import { formatNumber } from '../statistics';
import { measureRounds } from './rounds';
import { statementWork, statementWorks } from './statements';
import type { StatementWork } from './statements/statement-work';
import { WARM_UP_TAKES_MS, warmUp } from './warm-up';

/** Writes are measured in so many more rounds than reads: the disk takes longer to even out. */
const MORE_ROUNDS_OF_WRITES = 1;
/** Not part of the measurement: its messages, and the slowest caller's last operation. */
const OVERHEAD_MS = 60;
/** These have few targets, or none, and run with this number of callers only. */
const FEW_CASES: readonly PeerName[] = ['Sequelize replication', 'Pgpool-II'];
const THEIR_CALLERS = 32;

/** Runs each statement with its contenders and numbers of callers, in turn. */
export const throughput: WorkGroup = {
  works: statementWorks.map(({ name, title }) => ({ name, title })),
  isDefault: true,
  isExtensible: true,
  startMs: (plan, wanted) => namesIn(plan, wanted).length * CONTENDER_START_MS,
  expectedMs: (plan, name) => expectedMs(plan, statementWork(name)),
  async run(bench, wanted) {
    const contenders = await startContenders(bench, wanted);
    const pgbench = findPgbench(bench);
    for (const name of wanted) {
      const work = statementWork(name);
      bench.schedule.begin(name);
      const started = contenders.filter((contender) => work.contenders.includes(contender.name));
      if (!bench.plan.isSmoke) {
        for (const contender of started) await warmUp(bench, name, contender);
      }
      for (const callers of callersIn(bench.plan, work)) {
        const entrants = started.filter((contender) => takesPart(bench.plan, contender.name, callers));
        await measureCase(bench, { work, contenders: entrants, pgbench, callers });
      }
    }
  },
};

export function callersOf(callers: number): string {
  return callers === 1 ? '1 caller' : `${callers} callers`;
}

interface Case {
  readonly work: StatementWork;
  readonly contenders: readonly Contender[];
  readonly pgbench: Pgbench | undefined;
  readonly callers: number;
}

async function measureCase(bench: Bench, { work, contenders, pgbench, callers }: Case): Promise<void> {
  const figures = { work: work.name, circumstances: callersOf(callers), metric: RATE };
  const rounds = { count: roundsOf(bench.plan, work), expectedMs: roundMs(bench.plan, work, callers) };
  await measureRounds(bench, figures, rounds, async (round) => {
    // The order changes each round, so that no contender always runs after the same one's dirty pages.
    await measureAll(bench, work.name, rotate(contenders, round), callers);
    await measurePgbench(bench, work.name, pgbench, callers);
  });
}

function callersIn({ callers }: Plan, work: StatementWork): readonly number[] {
  return callers ?? work.callers;
}

function takesPart({ callers: given }: Plan, name: PeerName, callers: number): boolean {
  return given !== undefined || !FEW_CASES.includes(name) || callers === THEIR_CALLERS;
}

function roundsOf({ rounds, maxRounds }: Plan, { isWrite = false }: StatementWork): number {
  return Math.min(maxRounds, isWrite ? rounds + MORE_ROUNDS_OF_WRITES : rounds);
}

function expectedMs(plan: Plan, work: StatementWork): number {
  const warmMs = plan.isSmoke ? 0 : entrantsOf(plan, work).length * WARM_UP_TAKES_MS;
  return callersIn(plan, work).reduce(
    (sum, callers) => sum + roundsOf(plan, work) * roundMs(plan, work, callers),
    warmMs,
  );
}

function roundMs(plan: Plan, work: StatementWork, callers: number): number {
  const measured = entrantsOf(plan, work).filter((name) => takesPart(plan, name, callers)).length;
  const hasPgbench = Pgbench.works.some((name) => name === work.name);
  return (
    measured * (plan.warmMs + plan.measureMs + OVERHEAD_MS) + (hasPgbench ? Pgbench.durationMs(callers) : 0)
  );
}

function entrantsOf({ contenders }: Plan, work: StatementWork): readonly PeerName[] {
  return work.contenders.filter((name) => contenders?.includes(name) !== false);
}

async function measureAll(
  bench: Bench,
  work: string,
  contenders: readonly Contender[],
  callers: number,
): Promise<void> {
  const { warmMs, measureMs } = bench.plan;
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
  bench.figures.add({ work, case: callersOf(callers), contender: PGBENCH, metric: RATE }, rate);
}

function namesIn(plan: Plan, wanted: readonly string[]): readonly PeerName[] {
  const works = wanted.map(statementWork);
  return everyPeer.filter((name) => works.some((work) => entrantsOf(plan, work).includes(name)));
}

async function startContenders(bench: Bench, wanted: readonly string[]): Promise<Contender[]> {
  const needed = namesIn(bench.plan, wanted);
  const pgpoolUrl = needed.includes('Pgpool-II') ? await startPgpool(bench) : undefined;
  const possible = needed.filter((name) => name !== 'Pgpool-II' || pgpoolUrl !== undefined);
  return Promise.all(possible.map((name) => bench.contender(name, { pgpoolUrl })));
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
