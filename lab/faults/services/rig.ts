import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ClusterNode, PostgresCluster } from '@app/postgres-cluster';
import { migrate, seed, shopDatabase } from '@app/shop-database';
import { HealthWatch } from './health-watch';
import { freePort, ServiceProcess } from './service-process';

/** Options that only some rows need. */
export interface RigOptions {
  /** For both services. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Modules loaded before both services. */
  readonly preload?: readonly string[];
}

/** How an additional instance of a service differs from the rig's own. */
export interface ExtraInstance {
  readonly entry?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly preload?: readonly string[];
}

export type ServiceName = 'order-service' | 'history-service';

/** Settings that the load and the rows' targets assume; all others are the services' defaults. */
const ENVIRONMENT = {
  NODE_ENV: 'development',
  RATE_LIMIT_PER_MINUTE: '0',
  DATABASE_MAX_STALENESS_MS: '2000',
};
export const MAX_STALENESS_MS = Number(ENVIRONMENT.DATABASE_MAX_STALENESS_MS);

const DIST = join(__dirname, '..', '..', '..');

/** A primary and two replicas behind proxies, the seeded shop, and both services on it. */
export class Rig {
  readonly services: ServiceProcess[] = [];
  /** Where orders and their reads go; the first one that accepts the connection gets the request. */
  orderTargets: () => readonly string[] = () => [this.order.url];
  #health: HealthWatch | undefined;

  private constructor(
    readonly cluster: PostgresCluster,
    readonly options: RigOptions,
    private readonly logDirectory: string,
  ) {}

  static async start(options: RigOptions, logDirectory: string | undefined): Promise<Rig> {
    const cluster = await PostgresCluster.start({ database: shopDatabase, replicas: 2, proxied: true });
    const directory = logDirectory ?? cluster.directory;
    mkdirSync(directory, { recursive: true });
    const rig = new Rig(cluster, options, directory);
    try {
      const url = cluster.primary.url('migrator');
      await migrate(url);
      await seed(url);
      await cluster.waitForReplication();
      await Promise.all([rig.startService('order-service'), rig.startService('history-service')]);
      rig.#health = new HealthWatch([rig.order.url, rig.history.url]);
      rig.#health.start();
      await rig.untilFit();
    } catch (error) {
      await rig.stop();
      throw error;
    }
    return rig;
  }

  get order(): ServiceProcess {
    return this.#service(0);
  }

  get history(): ServiceProcess {
    return this.#service(1);
  }

  get health(): HealthWatch {
    if (this.#health === undefined) throw new TypeError('The rig has not started.');
    return this.#health;
  }

  get replicas(): readonly [ClusterNode, ClusterNode] {
    const [first, second] = this.cluster.replicas;
    if (first === undefined || second === undefined) throw new TypeError('The rig has two replicas.');
    return [first, second];
  }

  /** Resolves when both services consider every running node fit. */
  async untilFit(timeoutMs = 20_000): Promise<void> {
    const nodes = this.cluster.nodes.filter(({ isRunning }) => isRunning).map(({ name }) => name);
    await this.health.until('every node to be fit', timeoutMs, (sighting) =>
      nodes.every((name) => sighting.get(name)?.state === 'up'),
    );
  }

  /** Starts an additional instance; load and health use the first one of each name. */
  async startService(name: ServiceName, extra: ExtraInstance = {}): Promise<ServiceProcess> {
    const port = await freePort();
    const monitor = this.cluster.credentials('monitor');
    const service = new ServiceProcess({
      name,
      entry: extra.entry ?? join(DIST, 'apps', name, 'src', 'main.js'),
      port,
      logFile: join(this.logDirectory, `${name}-${nextLogNumber()}.log`),
      preload: extra.preload ?? this.options.preload ?? [],
      environment: {
        ...process.env,
        ...ENVIRONMENT,
        ORDER_PORT: String(port),
        HISTORY_PORT: String(port),
        ORDER_MANAGEMENT_PORT: '0',
        HISTORY_MANAGEMENT_PORT: '0',
        DATABASE_URL: this.cluster.url(name === 'order-service' ? 'order_service' : 'history_service'),
        DATABASE_MONITOR_USER: monitor.user,
        DATABASE_MONITOR_PASSWORD: monitor.password,
        ...this.options.environment,
        ...extra.environment,
      },
    });
    const place = name === 'order-service' ? 0 : 1;
    if (this.services[place] === undefined) this.services[place] = service;
    else this.services.push(service);
    await service.start();
    return service;
  }

  /** Plain TypeORM `replication` on the same nodes. */
  async startPeer(): Promise<ServiceProcess> {
    const port = await freePort();
    const { cluster } = this;
    const service = new ServiceProcess({
      name: 'plain-typeorm',
      entry: join(__dirname, 'peer', 'main.js'),
      port,
      logFile: join(this.logDirectory, `plain-typeorm-${nextLogNumber()}.log`),
      environment: {
        ...process.env,
        PEER_PORT: String(port),
        PEER_PRIMARY_URL: cluster.primary.url('order_service'),
        PEER_REPLICA_URLS: cluster.replicas.map((node) => node.url('order_service')).join(' '),
      },
    });
    this.services.push(service);
    await service.start();
    return service;
  }

  async stop(): Promise<void> {
    this.#health?.stop();
    await Promise.all(this.services.filter(Boolean).map((service) => service.stop()));
    await this.cluster.stop();
  }

  #service(place: 0 | 1): ServiceProcess {
    const service = this.services[place];
    if (service === undefined) throw new TypeError('The rig has not started.');
    return service;
  }
}

/** Unique across rigs, so that one does not write into another's log. */
let logNumber = 0;
function nextLogNumber(): number {
  logNumber += 1;
  return logNumber;
}
