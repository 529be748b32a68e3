import type { Bench, WorkGroup } from '../bench';
import type { Contender } from '../contender/contender';
import { type PeerName, peers, PGBENCH } from '../peers';
import { Pgbench } from '../services/pgbench';
import { Pgpool } from '../services/pgpool';
import { POOL_SIZE } from '../stage';
import { formatNumber, isNoisy } from '../statistics';
import { statementWork, statementWorks } from './statements';
import { warmUp } from './warm-up';

const RATE = 'operations/s';

/** Writes are measured this many times as long as reads. */
const WRITES_LAST = 2;

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
      if (!bench.plan.isSmoke) {
        bench.say(`  ${work} ${durationOf(bench, work, contenders.length)}`);
        for (const contender of contenders) await warmUp(bench, work, contender);
      }
      for (const callers of bench.plan.callers) {
        await measureRounds(bench, { work, contenders, pgbench, callers });
      }
    }
  },
};

export function callersOf(callers: number): string {
  return callers === 1 ? '1 caller' : `${callers} callers`;
}

interface Case {
  readonly work: string;
  readonly contenders: readonly Contender[];
  readonly pgbench: Pgbench | undefined;
  readonly callers: number;
}

/** Measures round after round until the figures of all contenders are steady, or there are enough rounds. */
async function measureRounds(bench: Bench, { work, contenders, pgbench, callers }: Case): Promise<void> {
  const { rounds, maxRounds } = bench.plan;
  for (let round = 1; round <= maxRounds; round += 1) {
    // The order changes each round, so that no contender always runs after the same one's dirty pages.
    await measureAll(bench, work, rotate(contenders, round), callers);
    await measurePgbench(bench, work, pgbench, callers);
    const isSteady = bench.figures.all
      .filter((each) => each.work === work && each.case === callersOf(callers) && each.metric === RATE)
      .every((each) => !isNoisy(each.rounds));
    if (round >= rounds && isSteady) return;
  }
}

/** How long the measurement will take: at least without, at most with all the additional rounds. */
function durationOf({ plan }: Bench, work: string, contenders: number): string {
  const { rounds, maxRounds, measureMs, callers } = plan;
  const roundMs = measureMs * writesLast(work) * contenders * callers.length;
  const [least, most] = [rounds, maxRounds].map((count) => Math.ceil((count * roundMs) / 60_000));
  const minutes = least === most ? `about ${most} min` : `${least} to ${most} min`;
  return `takes ${minutes} once its ${contenders} contenders are warm`;
}

function writesLast(work: string): number {
  return statementWork(work).isWrite === true ? WRITES_LAST : 1;
}

async function measureAll(
  bench: Bench,
  work: string,
  contenders: readonly Contender[],
  callers: number,
): Promise<void> {
  const { warmMs, isSmoke } = bench.plan;
  const measureMs = bench.plan.measureMs * (isSmoke ? 1 : writesLast(work));
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
