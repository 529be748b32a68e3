import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serviceDefinition, type ServiceName } from '@app/shop-services';
import { nodeMetrics } from '../../tools/start/node-metrics';
import { Rig as ServicesRig } from '../faults/services/rig';
import { freePort } from '../faults/services/service-process';
import { BackgroundProcess } from './background-process';
import { Prometheus } from './prometheus';
import { loopbackConfig } from './prometheus-config';
import type { Tools } from './tools';

/**
 * At this lag the alert fires, before the replica leaves the routing: half of the services' default limit.
 */
const ENVIRONMENT = { DATABASE_MAX_STALENESS_MS: '10000' };
const USAGE_INTERVAL_MS = 1_000;
/** The address of a service's metrics in docker-compose.yml. */
const targetOf = (name: ServiceName) => `${name}:${serviceDefinition(name).defaultManagementPort}`;
/** Names of the nodes in docker-compose.yml. */
const containerNode = (number: number) => `postgres-${number}:5432`;

/**
 * The cluster, both services, an exporter for each node, one for the machine, and a Prometheus that scrapes
 * them.
 */
export class ObservedRig {
  readonly #processes: BackgroundProcess[] = [];
  #services: ServicesRig | undefined;
  #prometheus: Prometheus | undefined;
  #usage: NodeJS.Timeout | undefined;
  readonly #directory = mkdtempSync(join(tmpdir(), 'observability-'));

  /** Resolves when everything serves; call stop() in any case. */
  async start(tools: Tools): Promise<void> {
    const [orderPort, historyPort] = [await freePort(), await freePort()];
    this.#services = await ServicesRig.start(
      {
        environment: {
          ...ENVIRONMENT,
          ORDER_MANAGEMENT_PORT: String(orderPort),
          HISTORY_MANAGEMENT_PORT: String(historyPort),
        },
      },
      this.#directory,
    );
    const targets = new Map([
      [targetOf('order-service'), `127.0.0.1:${orderPort}`],
      [targetOf('history-service'), `127.0.0.1:${historyPort}`],
      ['node-exporter:9100', await this.#startNodeExporter(tools.nodeExporter)],
    ]);
    this.#writeUsage();
    const nodes = new Map<string, string>();
    for (const [index, node] of this.services.cluster.nodes.entries()) {
      const address = await this.#startPostgresExporter(tools.postgresExporter, node.directPort);
      targets.set(`postgres-exporter-${index + 1}:9187`, address);
      nodes.set(containerNode(index + 1), node.name);
    }
    const config = loopbackConfig({ targets, nodes });
    this.#prometheus = await Prometheus.start(tools.prometheus, this.#directory, config);
  }

  get services(): ServicesRig {
    if (this.#services === undefined) throw new TypeError('The rig has not started.');
    return this.#services;
  }

  get prometheus(): Prometheus {
    if (this.#prometheus === undefined) throw new TypeError('The rig has not started.');
    return this.#prometheus;
  }

  async stop(): Promise<void> {
    clearInterval(this.#usage);
    await this.#prometheus?.stop();
    await Promise.all(this.#processes.map((process) => process.stop()));
    await this.#services?.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #startPostgresExporter(program: string, port: number): Promise<string> {
    const { user, password } = this.services.cluster.credentials('monitor');
    return this.#startExporter(program, [], {
      DATA_SOURCE_URI: `127.0.0.1:${port}/shop?sslmode=disable`,
      DATA_SOURCE_USER: user,
      DATA_SOURCE_PASS: password,
    });
  }

  /** What each container does in docker-compose.yml (docker/postgres/usage.sh). */
  #writeUsage(): void {
    const metrics = nodeMetrics(() => this.services.cluster.nodes);
    const file = join(this.#directory, 'nodes.prom');
    const write = async () => {
      writeFileSync(`${file}.new`, await metrics.metrics());
      renameSync(`${file}.new`, file);
    };
    this.#usage = setInterval(() => void write(), USAGE_INTERVAL_MS);
  }

  #startNodeExporter(program: string): Promise<string> {
    // Without collectors that need a bus, a daemon or a clock service.
    const collectors = ['cpu', 'meminfo', 'filesystem', 'textfile'].map((name) => `--collector.${name}`);
    const folder = `--collector.textfile.directory=${this.#directory}`;
    return this.#startExporter(program, ['--collector.disable-defaults', ...collectors, folder]);
  }

  async #startExporter(
    program: string,
    args: readonly string[],
    environment?: NodeJS.ProcessEnv,
  ): Promise<string> {
    const address = `127.0.0.1:${await freePort()}`;
    this.#processes.push(
      await BackgroundProcess.start({
        program,
        args: [...args, `--web.listen-address=${address}`],
        ...(environment && { environment }),
        readyUrl: `http://${address}/metrics`,
      }),
    );
    return address;
  }
}
