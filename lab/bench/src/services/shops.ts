import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { mintDevelopmentToken } from '@app/service-kit';
import type { Bench } from '../bench';
import { profilerOptions } from '../profile/profiler-options';
import { POOL_SIZE } from '../stage';
import { freePort } from './free-port';
import { builtFile, ServiceProcess } from './service-process';

/** The two services of one contender. */
export interface Shop {
  readonly name: string;
  readonly orderUrl: string;
  readonly historyUrl: string;
  readonly pids: readonly number[];
}

/** How the handlers ask the database: with TypeORM's repositories and query builders, or with plain SQL. */
export type Handlers = 'typeorm' | 'raw-sql';

type Via = 'direct' | 'link';

const RAW_SQL = join(__dirname, '..', 'raw-shop', 'preload.js');

export const OURS = 'our services';
export const EXPRESS = 'Nest on Express, TypeORM replication';
export const BARE = 'Fastify alone on RoutedPool';

const JWT_SECRET = randomBytes(32).toString('base64url');

export function tokenFor(customerId: string): Promise<string> {
  return mintDevelopmentToken(customerId, { JWT_SECRET });
}

/** Starts our services and theirs, each as two processes: one receives orders, the other history requests. */
export async function startShops(bench: Bench, via: Via, handlers: Handlers = 'typeorm'): Promise<Shop[]> {
  return Promise.all([startOurs(bench, via, handlers), startExpress(bench, via, handlers)]);
}

async function startOurs(bench: Bench, via: Via, handlers: Handlers): Promise<Shop> {
  const more = handlers === 'raw-sql' ? { NODE_OPTIONS: `--require ${RAW_SQL}` } : {};
  const start = (name: ServiceName) => startService(bench, name, via, more);
  return shopOf(OURS, ...(await Promise.all([start('order-service'), start('history-service')])));
}

export type ServiceName = 'order-service' | 'history-service';

/** Starts one of our services on the stage's cluster. */
export async function startService(
  bench: Bench,
  name: ServiceName,
  via: Via = 'direct',
  more: NodeJS.ProcessEnv = {},
): Promise<ServiceProcess> {
  const { stage } = bench;
  const monitor = stage.cluster.credentials('monitor');
  const port = await freePort();
  const managementPort = String(await freePort());
  const role = name === 'order-service' ? 'order_service' : 'history_service';
  const environment = {
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    ORDER_PORT: String(port),
    HISTORY_PORT: String(port),
    ORDER_MANAGEMENT_PORT: managementPort,
    HISTORY_MANAGEMENT_PORT: managementPort,
    JWT_SECRET,
    // The other services do not log requests either, and have no rate limit.
    NEST_LOG_LEVEL: 'warn',
    RATE_LIMIT_PER_MINUTE: '0',
    // No measured request calls it.
    ORDER_SERVICE_URL: 'http://127.0.0.1:9',
    DATABASE_URL: stage.url(role, via, [stage.cluster.primary, ...stage.replicas]),
    DATABASE_MONITOR_USER: monitor.user,
    DATABASE_MONITOR_PASSWORD: monitor.password,
    ...more,
  };
  const entry = builtFile('apps', name, 'src', 'main.js');
  const options = profilerOptions(name, bench.plan.profileDirectory);
  return bench.use(await ServiceProcess.start(entry, port, environment, options));
}

async function startExpress(bench: Bench, via: Via, handlers: Handlers): Promise<Shop> {
  const { primaryUrl, replicaUrls } = bench.stage.wiring({ via });
  const start = async () => {
    const port = await freePort();
    const environment = {
      NODE_ENV: 'production',
      JWT_SECRET,
      PEER_PORT: String(port),
      PEER_PRIMARY_URL: primaryUrl,
      PEER_REPLICA_URLS: replicaUrls.join(' '),
      PEER_POOL_SIZE: String(POOL_SIZE),
      ...(handlers === 'raw-sql' && { PEER_RAW_SQL: '1' }),
    };
    const entry = join(__dirname, '..', 'express-shop', 'main.js');
    return bench.use(await ServiceProcess.start(entry, port, environment));
  };
  return shopOf(EXPRESS, ...(await Promise.all([start(), start()])));
}

/** The limit of what services on this pool can reach, as one process. */
export async function startBare(bench: Bench): Promise<Shop> {
  const { url, monitor } = bench.stage.wiring();
  const port = await freePort();
  const entry = join(__dirname, '..', 'bare-fastify', 'main.js');
  const shop = bench.use(
    await ServiceProcess.start(entry, port, {
      NODE_ENV: 'production',
      DATABASE_URL: url,
      DATABASE_MONITOR_USER: monitor.user,
      DATABASE_MONITOR_PASSWORD: monitor.password,
      PEER_PORT: String(port),
      PEER_POOL_SIZE: String(POOL_SIZE),
    }),
  );
  return shopOf(BARE, shop, shop);
}

function shopOf(name: string, order: ServiceProcess, history: ServiceProcess): Shop {
  const pids = [...new Set([order, history])].flatMap(({ pid }) => pid ?? []);
  return { name, orderUrl: order.url, historyUrl: history.url, pids };
}
