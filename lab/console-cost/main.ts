import { PostgresCluster } from '@app/postgres-cluster';
import { migrate, seed, shopDatabase } from '@app/shop-database';
import { exitAfter, readOptions, whole } from '../command-line';
import { type Difference, differenceOf, type Round, type Side, SIDES } from './differences';
import { MeasuredService } from './measured-service';
import type { Turn } from './turn';

/** The compiler is busy meanwhile. */
const WARM_UP_TURNS = 8;
const MAX = 1_000_000;

/** Two equal processes, so that chance counts for less. */
const NONE: readonly Side[] = ['none', 'none again'];

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
    const starts: Round[][] = [];
    for (let start = 0; start < options.starts; start++) {
      starts.push(await measure(cluster, options, start));
      process.stderr.write(`${start + 1} of ${options.starts} starts measured\n`);
    }
    print('no console, against none (chance)', differenceOf(starts, 'none again', { against: ['none'] }));
    print('console closed, against none', differenceOf(starts, 'closed', { against: NONE }));
    print('closed after it was open, against none', differenceOf(starts, 'closed again', { against: NONE }));
    print('console open, against none', differenceOf(starts, 'open', { against: NONE }));
    return 0;
  } finally {
    await cluster.stop();
  }
}

function readArguments(): Options {
  const values = readOptions(
    process.argv.slice(2),
    {
      starts: { type: 'string', default: '9' },
      rounds: { type: 'string', default: '8' },
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
    // Which process starts first changes, because the first has the colder machine.
    const processes: Partial<Record<Side, MeasuredService>> = {};
    for (const side of from(start)) processes[side] = await begin(!side.startsWith('none'));
    const takeTurn = (side: Side, isOpen: boolean): Promise<Turn> => {
      const service = processes[side] as MeasuredService;
      return isOpen ? service.takeObservedTurn(requests) : service.takeTurn(requests);
    };
    for (let turn = 0; turn < WARM_UP_TURNS; turn++) {
      const isOpenBefore = turn < WARM_UP_TURNS / 2;
      await takeRound(turn, (side) =>
        takeTurn(side, side === 'open' || (side === 'closed again' && isOpenBefore)),
      );
    }
    const taken: Round[] = [];
    for (let round = 0; round < rounds; round++)
      taken.push(await takeRound(round, (side) => takeTurn(side, side === 'open')));
    return taken;
  } finally {
    await Promise.all(services.map((service) => service.stop()));
  }
}

async function takeRound(round: number, takeTurn: (side: Side) => Promise<Turn>): Promise<Round> {
  const turns: Partial<Record<Side, Turn>> = {};
  for (const side of from(round)) turns[side] = await takeTurn(side);
  return turns as Round;
}

function from(first: number): readonly Side[] {
  const at = first % SIDES.length;
  return [...SIDES.slice(at), ...SIDES.slice(0, at)];
}

function print(what: string, { throughputLost, cpuAdded, cpuMsPerRequest, spread }: Difference): void {
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  process.stdout.write(
    `${what}: ${percent(throughputLost)} of throughput lost; ${percent(cpuAdded)} CPU time added to ` +
      `${cpuMsPerRequest.toFixed(3)} ms a request (middle half of the starts: ${spread.map(percent).join(' to ')})\n`,
  );
}

exitAfter(main(), 1);
