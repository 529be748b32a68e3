import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PostgresCluster } from '@app/postgres-cluster';
import { mintDevelopmentToken, readRoutingFeed } from '@app/service-kit';
import { migrate, seed, shopDatabase } from '@app/shop-database';
import { freePort, ServiceProcess } from '../faults/services/service-process';
import { compareTurns, type Difference } from './compare-turns';
import { takeTurn, type Target } from './turn';

const DIST = join(__dirname, '..', '..');
/** What `npm start` loads before each service. */
const PRELOAD = join(DIST, 'tools', 'start', 'faults', 'cut-links.preload.js');

/** The compiler is busy meanwhile. */
const WARM_UP_TURNS = 4;

/** A service, and where its management port is. */
interface Measured extends Target {
  readonly managementUrl: string;
  stop(): Promise<void>;
}

/** Measures what the console costs a service: while it is closed, and while it is open. */
async function main(): Promise<void> {
  const { rounds, requests } = readArguments();
  const cluster = await PostgresCluster.start({ database: shopDatabase, replicas: 2 });
  const services: Measured[] = [];
  try {
    const url = cluster.primary.url('migrator');
    await migrate(url);
    await seed(url);
    await cluster.waitForReplication();
    const begin = async (feed: 'on' | 'off', preload: readonly string[]): Promise<Measured> => {
      const service = await start(cluster, feed, preload);
      services.push(service);
      for (let turn = 0; turn < WARM_UP_TURNS; turn++) await takeTurn(service, requests);
      return service;
    };
    const bare = await begin('off', []);
    const same = await begin('off', []);
    const ready = await begin('on', [PRELOAD]);
    const turn = (target: Target) => () => takeTurn(target, requests);
    print('no console, against none: what chance does', await compareTurns(rounds, turn(bare), turn(same)));
    print('console closed, against none', await compareTurns(rounds, turn(bare), turn(ready)));
    print(
      'console open, against closed',
      await compareTurns(rounds, turn(ready), () => opened(ready, requests)),
    );
  } finally {
    await Promise.all(services.map((service) => service.stop()));
    await cluster.stop();
  }
}

function readArguments(): { readonly rounds: number; readonly requests: number } {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '25' }, requests: { type: 'string', default: '3000' } },
  });
  return {
    rounds: wholeNumber('--rounds', values.rounds),
    requests: wholeNumber('--requests', values.requests),
  };
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new RangeError(`${name} is "${text}"; it must be a whole number of at least 1.`);
}

async function start(
  cluster: PostgresCluster,
  feed: 'on' | 'off',
  preload: readonly string[],
): Promise<Measured> {
  const [port, managementPort] = [await freePort(), await freePort()];
  const monitor = cluster.credentials('monitor');
  const service = new ServiceProcess({
    name: 'order-service',
    entry: join(DIST, 'apps', 'order-service', 'src', 'main.js'),
    port,
    preload,
    logFile: join(cluster.directory, `order-service-feed-${feed}.log`),
    environment: {
      ...process.env,
      NODE_ENV: 'development',
      NEST_LOG_LEVEL: 'warn',
      RATE_LIMIT_PER_MINUTE: '0',
      ORDER_PORT: String(port),
      ORDER_MANAGEMENT_PORT: String(managementPort),
      ROUTING_FEED: feed,
      DATABASE_URL: cluster.url('order_service'),
      DATABASE_MONITOR_USER: monitor.user,
      DATABASE_MONITOR_PASSWORD: monitor.password,
    },
  });
  await service.start();
  const accessToken = await mintDevelopmentToken('alice');
  return {
    url: service.url,
    managementUrl: `http://127.0.0.1:${managementPort}`,
    pid: service.pid ?? 0,
    accessToken,
    stop: () => service.stop(),
  };
}

/** A turn while the feed has a subscriber, which is what an open console is to a service. */
async function opened(target: Measured, requests: number): ReturnType<typeof takeTurn> {
  const stop = new AbortController();
  const feed = readRoutingFeed(target.managementUrl, stop.signal);
  await feed.next();
  const reading = (async () => {
    for await (const _ of feed);
  })().catch(() => undefined);
  try {
    return await takeTurn(target, requests);
  } finally {
    stop.abort();
    await reading;
  }
}

function print(what: string, { throughputLost, cpuAdded, cpuMsPerRequest, spread }: Difference): void {
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  process.stdout.write(
    `${what}: ${percent(throughputLost)} of throughput lost; ${percent(cpuAdded)} CPU time added to ` +
      `${cpuMsPerRequest.toFixed(3)} ms a request (middle half of the turns: ${spread.map(percent).join(' to ')})\n`,
  );
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof RangeError ? error.message : String((error as Error).stack)}\n`);
  process.exitCode = 1;
});
