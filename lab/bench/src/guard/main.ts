import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Bench, type Plan } from '../bench';
import { Figures } from '../figures';
import { Schedule } from '../schedule';
import { Stage } from '../stage';
import { median } from '../statistics';
import { type Pair, type Side, startPairs } from './pairs';

/** CPU time per operation of ours, as a multiple of the peer's: less is better. */
type Ratios = Readonly<Record<string, number>>;

const FILE = join(__dirname, '..', '..', '..', 'guard', 'ratios.json');
/** How many times the committed ratio a measured one may be. */
const TOLERANCE = 1.2;
/** Until then, the compiler takes much of the CPU time. */
const WARM_OPERATIONS = 10_000;
const WARM_STEP_MS = 1_000;
const MAX_WARM_MS = 8_000;
const ROUND_MS = 600;
const ROUNDS = 5;

const PLAN: Plan = {
  rounds: ROUNDS,
  maxRounds: ROUNDS,
  measureMs: ROUND_MS,
  warmMs: 0,
  callers: undefined,
  isSmoke: false,
  soakSeconds: 0,
  profileDirectory: undefined,
  endpoint: undefined,
  contenders: undefined,
};

async function main(): Promise<void> {
  const startMs = performance.now();
  const { values } = parseArgs({ options: { update: { type: 'boolean', default: false } } });
  const committed = JSON.parse(readFileSync(FILE, 'utf8')) as Ratios;
  const measured = await measureAll(values.update ? {} : committed);
  if (values.update) writeFileSync(FILE, `${JSON.stringify(measured, undefined, 2)}\n`);
  const wanted = values.update ? measured : committed;
  for (const [name, ratio] of Object.entries(measured)) {
    const known = wanted[name];
    if (known === undefined) throw new Error(`${FILE} has no ratio for ${name}: run with --update`);
    const isKept = ratio <= known * TOLERANCE;
    if (!isKept) process.exitCode = 1;
    say(`${isKept ? 'ok' : 'WORSE'}: ${name}, ${ratio} × the CPU time of the peer; committed: ${known}`);
  }
  const seconds = Math.round((performance.now() - startMs) / 1_000);
  say(`${seconds} s; more than ${TOLERANCE} × a committed ratio fails`);
}

async function measureAll(committed: Ratios): Promise<Ratios> {
  say('starting a primary and two replicas, the contenders and the services');
  const stage = await Stage.start(() => undefined, {});
  const bench = new Bench(stage, new Figures(), PLAN, new Schedule([], 0, say), say);
  try {
    const measured: Record<string, number> = {};
    for (const pair of await startPairs(bench)) {
      await warmUp(pair.ours);
      await warmUp(pair.peer);
      let ratio = await ratioOf(pair);
      // A second opinion, because other work on the machine does not affect both sides in the same way.
      if (ratio > (committed[pair.name] ?? Infinity) * TOLERANCE)
        ratio = Math.min(ratio, await ratioOf(pair));
      measured[pair.name] = Math.round(ratio * 1_000) / 1_000;
    }
    return measured;
  } finally {
    await bench.closeAll();
    await stage.stop();
  }
}

async function warmUp(side: Side): Promise<void> {
  const startMs = performance.now();
  let operations = 0;
  while (operations < WARM_OPERATIONS && performance.now() - startMs < MAX_WARM_MS) {
    operations += (await side(WARM_STEP_MS)).operations;
  }
}

/** The median over rounds in which both run, one after the other. */
async function ratioOf({ ours, peer }: Pair): Promise<number> {
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const mine = await ours(ROUND_MS);
    const theirs = await peer(ROUND_MS);
    ratios.push(mine.cpuUs / theirs.cpuUs);
  }
  return median(ratios);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
