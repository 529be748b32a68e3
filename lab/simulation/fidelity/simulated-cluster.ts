import { clusterUrl, nodeName } from '../load/cluster-url';
import { Service } from '../load/service';
import { alone, inTransaction, rowsOf } from '../load/statements';
import { Prng } from '../time/prng';
import { Scheduler } from '../time/scheduler';
import type { Server } from '../world/server';
import * as sql from '../world/sql';
import { World } from '../world/world';
import {
  type ClusterUnderTest,
  type Part,
  PARTS,
  type ServiceUnderTest,
  type Tuning,
  type Work,
} from './cluster-under-test';
import { TUNING } from './options';

const TEXTS: Readonly<Record<Work, string>> = {
  read: sql.READ,
  write: sql.WRITE,
  'write-in-read': sql.HIDDEN_WRITE,
  slow: sql.SLOW_READ,
};
const LONG_MS = 1_000_000;

/** The cluster of the simulated world. */
export class SimulatedCluster implements ClusterUnderTest {
  readonly kind = 'simulated';
  readonly scheduler = new Scheduler();
  readonly #world: World;
  readonly #prng: Prng;
  readonly #services: Service[] = [];

  constructor(seed: number) {
    this.#prng = new Prng(seed, 'fidelity');
    this.#world = new World(this.scheduler, this.#prng.stream('world'), {
      servers: PARTS,
      aliases: Object.fromEntries(PARTS.map((part) => [`also-${part}`, part])),
      synchronous: [],
      cascades: {},
      network: { latencyMs: 0.3, jitterMs: 0.1, loss: 0 },
      statementTimeoutMs: TUNING.statementTimeoutMs,
      idleInTransactionTimeoutMs: 30_000,
    });
  }

  async service(tuning: Tuning = {}, aliases: readonly Part[] = []): Promise<ServiceUnderTest> {
    const name = `service-${this.#services.length}`;
    const hosts = [...PARTS, ...aliases.map((part) => `also-${part}`)];
    const service = new Service(name, this.#world, this.#prng.stream(name), {
      ...TUNING,
      ...tuning,
      url: clusterUrl(hosts.map(nodeName)),
      monitor: { user: 'monitor', password: 'secret' },
    });
    this.#services.push(service);
    await service.start();
    let count = 0;
    return {
      clock: service.clock,
      get topology() {
        return service.parts.nodes.topology;
      },
      async query(work, keys, isInTransaction = false) {
        count += 1;
        const id = isInTransaction ? name : `${name}.${count}`;
        const values = isInTransaction ? inTransaction(id, keys) : alone(id, keys);
        return rowsOf(await service.query(TEXTS[work], values)).map(({ version }) => version);
      },
      transaction: (options, work) => service.parts.transactions.run(options, work),
    };
  }

  partOf(node: string): Part | undefined {
    return PARTS.find((part) => node === nodeName(part) || node === nodeName(`also-${part}`));
  }

  async pauseReplay(part: Part): Promise<void> {
    this.#server(part).isReplayPaused = true;
    await this.pause(50);
  }

  async resumeReplay(part: Part): Promise<void> {
    const server = this.#server(part);
    server.isReplayPaused = false;
    server.replay();
    await this.pause(50);
  }

  async replicated(): Promise<void> {
    await this.pause(200);
  }

  async stop(part: Part): Promise<void> {
    this.#server(part).stop('orderly');
    await this.pause(10);
  }

  async crash(part: Part): Promise<void> {
    this.#server(part).stop('crash');
    await this.pause(10);
  }

  async start(part: Part): Promise<void> {
    this.#server(part).start(0, 50);
    await this.pause(100);
  }

  freeze(part: Part): void {
    this.#server(part).frozen = true;
  }

  thaw(part: Part): void {
    this.#server(part).thaw();
  }

  async promote(part: Part): Promise<void> {
    this.#server(part).promote();
    await this.pause(50);
  }

  cut(part: Part): void {
    for (const { name } of this.#services) {
      this.#world.network.cut(name, part, this.scheduler.nowMs + LONG_MS);
      this.#world.network.cut(part, name, this.scheduler.nowMs + LONG_MS);
    }
  }

  heal(): Promise<void> {
    this.#world.network.heal();
    return this.pause(10);
  }

  conflict(part: Part): Promise<void> {
    this.#server(part).conflicts = 1;
    return Promise.resolve();
  }

  /** The statement has always written, and the classifier of the load does not know. */
  makeReadWrite(): Promise<void> {
    return Promise.resolve();
  }

  readonly pause = (ms: number): Promise<void> => new Promise((resolve) => this.scheduler.in(ms, resolve));

  async end(): Promise<void> {
    await Promise.all(this.#services.map((service) => service.end()));
  }

  #server(part: Part): Server {
    const server = this.#world.find(part);
    if (!server) throw new RangeError(`the world has no server ${part}`);
    return server;
  }
}
