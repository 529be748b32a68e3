import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PortInUseError, PostgresCluster, orStorageProblem, UsageMeter } from '@app/postgres-cluster';
import { migrate, seed, shopDatabase } from '@app/shop-database';
import { type ServiceName, serviceNames, serviceRole, urlVariable } from '@app/shop-services';
import type { Console } from '../console/console';
import { ClusterFaults } from './faults/cluster-faults';
import { ServiceLinks } from './faults/service-links';
import { MetricsServer } from './metrics-server';
import type * as NeededLater from './needed-later';
import { nodeMetrics } from './node-metrics';
import { requirePorts } from './ports';
import { ServiceProcess } from './service-process';
import { hostInUrl, type ServiceUrls, serviceUrls } from './service-urls';
import { LOOPBACK, REPLICAS, servicePorts, StartError, type StartSettings } from './settings';
import type { SourceFilesWatch } from './source-files';
import { watchSources } from './watch';

/**
 * Clears the variables, possibly from `.env`, that give a service started alone its database. Empty counts as
 * not set, and a variable that is already set takes precedence over `.env`.
 */
const OTHER_DATABASE = {
  DATABASE_PASSWORD: '',
  DATABASE_URL_FILE: '',
  DATABASE_PASSWORD_FILE: '',
  DATABASE_MONITOR_USER_FILE: '',
  DATABASE_MONITOR_PASSWORD_FILE: '',
};

/** Until then the first server of the cluster is a process of its own, and this one only waits for it. */
const CLUSTER_HEAD_START_MS = 100;

export interface ApplicationOptions {
  readonly settings: StartSettings;
  /** The root of the repository; the data is in its directory `.cluster`. */
  readonly root: string;
  readonly say: (line: string) => void;
  /** Called when a service exits without having been told to, outside watch mode. */
  readonly onFailure: (message: string) => void;
}

/** Everything that `npm start` runs: the cluster and the services on it. */
export class Application {
  readonly #services: ServiceProcess[] = [];
  readonly #stopping = new AbortController();
  readonly #links = new ServiceLinks((message) => {
    for (const service of this.#services) service.tell(message);
  });
  #cluster: Promise<PostgresCluster> | undefined;
  #metrics: MetricsServer | undefined;
  #watching: SourceFilesWatch | undefined;
  #console: Console | undefined;

  constructor(private readonly options: ApplicationOptions) {}

  /**
   * Resolves when all services are ready; rejects when {@link stop} is called meanwhile.
   *
   * @throws StartError, or what the cluster, the migrations or the seed throw
   */
  async start(): Promise<void> {
    const { settings, root, say } = this.options;
    await requirePorts(settings);
    this.#cluster = this.#startCluster();
    const [cluster, later] = await Promise.all([this.#cluster, loadNeededLater()]);
    const orWhy = (error: unknown) => {
      throw orStorageProblem(error, cluster.directory);
    };
    await this.#migrate(cluster).catch(orWhy);
    const metrics = await this.#serveMetrics(cluster);
    this.#stopping.signal.throwIfAborted();
    const urls = serviceUrls(settings);
    // The services need the tables, but not the rows, to start.
    await Promise.all([this.#startServices(cluster, urls), this.#seed(cluster).catch(orWhy)]);
    this.#stopping.signal.throwIfAborted();
    const walk = await later.aliceWalk(urls);
    await this.#openConsole(cluster, urls, later);
    say(summary({ cluster, settings, urls, metrics, walk }));
    if (settings.watch) await this.#watch(root);
  }

  /** Stops the services first, so that the database still serves their last requests. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#watching?.close();
    await this.#console?.close();
    await this.#metrics?.close();
    await Promise.all(this.#services.map((service) => service.stop()));
    // A starting cluster cannot be stopped, so this waits for it. A failed start has already stopped itself.
    const cluster = await this.#cluster?.catch(() => undefined);
    await cluster?.stop();
  }

  /** Leaves the cluster to its watchdog, which stops it when this process exits. */
  kill(): void {
    for (const service of this.#services) service.kill();
  }

  async #migrate(cluster: PostgresCluster): Promise<void> {
    this.#stopping.signal.throwIfAborted();
    const { say } = this.options;
    await migrate(cluster.primary.url('migrator'), (message) => say(`Migrations: ${message}`));
    await cluster.waitForReplication();
    this.#stopping.signal.throwIfAborted();
  }

  async #seed(cluster: PostgresCluster): Promise<void> {
    await seed(cluster.primary.url('migrator'), (message) => this.options.say(`Seed: ${message}`));
    await cluster.waitForReplication();
  }

  async #startServices(cluster: PostgresCluster, urls: ServiceUrls): Promise<void> {
    this.options.say(`Starting ${serviceNames.join(', ')}`);
    for (const name of serviceNames) this.#services.push(this.#service(cluster, name, urls));
    await Promise.all(this.#services.map((service) => service.start()));
  }

  async #startCluster(): Promise<PostgresCluster> {
    const { settings, root, say } = this.options;
    try {
      return await PostgresCluster.start({
        database: shopDatabase,
        directory: join(root, '.cluster'),
        replicas: REPLICAS,
        port: settings.clusterPort,
        fresh: settings.reset,
        onProgress: say,
      });
    } catch (error) {
      if (!(error instanceof PortInUseError)) throw error;
      const { clusterPort } = settings;
      throw new StartError(
        `Port ${error.port} is already in use; set CLUSTER_PORT to another one. ` +
          `It is ${clusterPort} now, and the database needs ${clusterPort} to ${clusterPort + REPLICAS}.`,
      );
    }
  }

  /** Where the metrics of the nodes are, or why there are none. */
  async #serveMetrics(cluster: PostgresCluster): Promise<string> {
    if (!UsageMeter.isSupported) return 'none: they are read from /proc, which only Linux has';
    this.#metrics = new MetricsServer(nodeMetrics(() => cluster.nodes));
    return this.#metrics.listen(this.options.settings.clusterManagementPort);
  }

  #service(cluster: PostgresCluster, name: ServiceName, urls: ServiceUrls): ServiceProcess {
    const { settings, say, onFailure } = this.options;
    const monitor = cluster.credentials('monitor');
    return new ServiceProcess({
      name,
      url: urls[name],
      logFile: join(cluster.directory, `${name}.log`),
      preload: join(__dirname, 'faults', 'cut-links.preload'),
      firstMessage: () => this.#links.message,
      environment: {
        ...process.env,
        ...OTHER_DATABASE,
        HOST: settings.host,
        ...Object.fromEntries(
          Object.entries(servicePorts(settings)).map(([variable, port]) => [variable, String(port)]),
        ),
        ...Object.fromEntries(serviceNames.map((called) => [urlVariable(called), urls[called]])),
        DATABASE_URL: cluster.url(serviceRole(name)),
        DATABASE_MONITOR_USER: monitor.user,
        DATABASE_MONITOR_PASSWORD: monitor.password,
      },
      show: say,
      onUnexpectedEnd: (how) => {
        const message = `${name} exited unexpectedly (${how}); its log is ${join(cluster.directory, `${name}.log`)}.`;
        if (this.#watching === undefined) onFailure(message);
        else say(`${message} It restarts at the next change.`);
      },
    });
  }

  async #openConsole(cluster: PostgresCluster, urls: ServiceUrls, later: typeof NeededLater): Promise<void> {
    const { settings } = this.options;
    this.#console = new later.Console({
      services: serviceNames.map((name) => ({
        name,
        url: urls[name],
        managementUrl: `http://${hostInUrl(settings.host)}:${settings.services[name].managementPort}`,
      })),
      controls: new ClusterFaults(cluster, this.#links),
    });
    await this.#console.listen({ host: LOOPBACK, port: settings.consolePort });
  }

  async #watch(root: string): Promise<void> {
    const { say } = this.options;
    this.#watching = await watchSources(root, {
      say,
      onBuilt: async () => {
        await Promise.all(
          this.#services.map(async (service) => {
            await service.stop();
            if (!this.#stopping.signal.aborted) await service.start();
          }),
        );
        if (!this.#stopping.signal.aborted) say('The services now run the new build.');
      },
    });
    say('Watching apps/ and libs/: the services restart when a source file changes.');
  }
}

/** Loads it while the first server of the cluster starts, which is work for another core. */
async function loadNeededLater(): Promise<typeof NeededLater> {
  await delay(CLUSTER_HEAD_START_MS);
  // Not import(): TypeScript requires the extension of a compiled file there, and tests run the sources.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('./needed-later') as typeof NeededLater;
}

interface Summary {
  readonly cluster: PostgresCluster;
  readonly settings: StartSettings;
  readonly urls: ServiceUrls;
  /** Where the metrics of the nodes are. */
  readonly metrics: string;
  readonly walk: string;
}

function summary({ cluster, settings, urls, metrics, walk }: Summary): string {
  const services = serviceNames.map((name) => {
    const { managementPort } = settings.services[name];
    const ofService = `http://${hostInUrl(settings.host)}:${managementPort}/metrics`;
    return `  ${name.padEnd(16)} ${urls[name]}   API: ${urls[name]}/docs   metrics: ${ofService}`;
  });
  const nodes = cluster.nodes.map(({ name, role }) => `${name} (${role})`).join(', ');
  return `
Ready. See it live: http://${LOOPBACK}:${settings.consolePort}

${services.join('\n')}
  PostgreSQL       ${nodes}
  node metrics     ${metrics}
  logs and data    ${cluster.directory}

${walk}

Ctrl-C stops everything; the data is kept (npm start -- --reset starts over).`;
}
