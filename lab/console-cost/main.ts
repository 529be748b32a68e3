import { PostgresCluster } from '@app/postgres-cluster';
import { migrate, seed, shopDatabase } from '@app/shop-database';
import { exitAfter, readOptions, whole } from '../command-line';
import { type Difference, differenceOf, type Round, type Side, SIDES } from './differences';
import { MeasuredService } from './measured-service';
import type { Turn } from './turn';

/** The compiler is busy meanwhile. */
const WARM_UP_TURNS = 3;
const MAX = 1_000_000;

interface Options {
  /** How often all processes are started, because two equal processes differ by chance, too. */
  readonly starts: number;
  readonly rounds: number;
  readonly requests: number;
}

/** Measures what the console costs a service: while it is closed, and while it is open. */
async function main(): Promise<number> {
  const options = readArguments();
  const cluster = await PostgresCluster.start({ database: shopDatabase, replicas: 2 });
  try {
    const url = cluster.primary.url('migrator');
    await migrate(url);
    await seed(url);
    await cluster.waitForReplication();
    const rounds: Round[] = [];
    for (let start = 0; start < options.starts; start++)
      rounds.push(...(await measure(cluster, options, start)));
    print('no console, against none (chance)', differenceOf(rounds, 'none again', { against: 'none' }));
    print('console closed, against none', differenceOf(rounds, 'closed', { against: 'none' }));
    print('console open, against closed', differenceOf(rounds, 'open', { against: 'closed' }));
    return 0;
  } finally {
    await cluster.stop();
  }
}

function readArguments(): Options {
  const values = readOptions(
    process.argv.slice(2),
    {
      starts: { type: 'string', default: '6' },
      rounds: { type: 'string', default: '6' },
      requests: { type: 'string', default: '1500' },
    },
    '--starts N, --rounds N, --requests N',
  );
  return {
    starts: whole('--starts', values.starts, 1, MAX),
    rounds: whole('--rounds', values.rounds, 1, MAX),
    requests: whole('--requests', values.requests, 1, MAX),
  };
}

/** Rounds of turns of fresh processes. Who begins changes, so that no side is always first. */
async function measure(
  cluster: PostgresCluster,
  { rounds, requests }: Options,
  start: number,
): Promise<Round[]> {
  const services: MeasuredService[] = [];
  const begin = async (isConsolePossible: boolean): Promise<MeasuredService> => {
    const service = await MeasuredService.start(cluster, { isConsolePossible });
    services.push(service);
    return service;
  };
  try {
    const [none, closed] = start % 2 === 0 ? [await begin(false), await begin(true)] : await swapped(begin);
    const again = await begin(false);
    const sides: Readonly<Record<Side, () => Promise<Turn>>> = {
      none: () => none.takeTurn(requests),
      'none again': () => again.takeTurn(requests),
      closed: () => closed.takeTurn(requests),
      open: () => closed.takeObservedTurn(requests),
    };
    for (let turn = 0; turn < WARM_UP_TURNS; turn++) await takeRound(sides, turn);
    const taken: Round[] = [];
    for (let round = 0; round < rounds; round++) taken.push(await takeRound(sides, round));
    return taken;
  } finally {
    await Promise.all(services.map((service) => service.stop()));
  }
}

async function swapped(
  begin: (isConsolePossible: boolean) => Promise<MeasuredService>,
): Promise<[MeasuredService, MeasuredService]> {
  const closed = await begin(true);
  return [await begin(false), closed];
}

async function takeRound(sides: Readonly<Record<Side, () => Promise<Turn>>>, round: number): Promise<Round> {
  const turns: Partial<Record<Side, Turn>> = {};
  const first = round % SIDES.length;
  for (const side of [...SIDES.slice(first), ...SIDES.slice(0, first)]) turns[side] = await sides[side]();
  return turns as Round;
}

function print(what: string, { throughputLost, cpuAdded, cpuMsPerRequest, spread }: Difference): void {
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  process.stdout.write(
    `${what}: ${percent(throughputLost)} of throughput lost; ${percent(cpuAdded)} CPU time added to ` +
      `${cpuMsPerRequest.toFixed(3)} ms a request (middle half of the rounds: ${spread.map(percent).join(' to ')})\n`,
  );
}

exitAfter(main(), 1);
