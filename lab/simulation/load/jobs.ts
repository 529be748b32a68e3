import { ConfigurationError, DatabaseUnreachableError, PoolEndedError } from 'db-routing';
import type { HistoryLine } from '../../consistency/history/lines';
import { Choice, type Prng } from '../time/prng';
import * as sql from '../world/sql';
import type { World } from '../world/world';
import { Caller } from './caller';
import { clusterUrl, nodeName } from './cluster-url';
import { pauseOf, read } from './reads';
import { Service, type ServiceOptions } from './service';
import { alone } from './statements';
import { transaction } from './transactions/transactions';
import { write } from './writes';

/** How a job is configured; only the first two can work. */
const KINDS = new Choice({ usual: 5, 'with-stranger': 2, 'not-permitted': 1, nowhere: 1, tied: 1 });
type Kind = (typeof KINDS.names)[number];

const PAUSE_MS = 2_500;
const START_MS = 1_500;

/** Short-lived processes that start and end while the others work, also at the wrong time. */
export class Jobs {
  readonly services: Service[] = [];
  #isOver = false;

  constructor(
    private readonly world: World,
    private readonly prng: Prng,
    private readonly options: ServiceOptions,
    private readonly record: (line: HistoryLine) => void,
  ) {}

  async run(): Promise<void> {
    const { prng, world } = this;
    for (let count = 1; ; count++) {
      await new Promise<void>((resolve) => world.scheduler.in(prng.exponential(PAUSE_MS), resolve));
      if (this.#hasEnded()) return;
      await this.#job(`job-${count}`, prng.stream(`job-${count}`));
    }
  }

  stop(): void {
    this.#isOver = true;
  }

  /** A method, because TypeScript would narrow the field across an await that may change it. */
  #hasEnded(): boolean {
    return this.#isOver;
  }

  async #job(name: string, prng: Prng): Promise<void> {
    const kind = prng.choose(KINDS);
    const service = new Service(name, this.world, prng.stream('service'), this.#optionsOf(kind));
    this.services.push(service);
    try {
      await service.start();
      this.world.oracle.count(`job ${kind}`);
      if (kind === 'usual' || kind === 'with-stranger') await this.#work(service, prng);
    } catch (error) {
      this.#judge(kind, error);
    }
    await service.end();
    await this.#isEnded(service);
  }

  #optionsOf(kind: Kind): ServiceOptions {
    const { options, world } = this;
    const url = (hosts: readonly string[]) => clusterUrl(hosts.map(nodeName));
    const [first = ''] = world.settings.servers;
    const [stranger = ''] = world.settings.strangers ?? [];
    switch (kind) {
      case 'usual':
        return options;
      case 'with-stranger':
        return { ...options, url: url([stranger, ...world.settings.servers]), systemId: world.systemId };
      case 'not-permitted':
        return { ...options, monitor: { user: 'nobody', password: 'secret' } };
      case 'nowhere':
        return { ...options, url: url(['nowhere']), startTimeoutMs: START_MS };
      case 'tied':
        return { ...options, url: url([first, stranger]), startTimeoutMs: START_MS };
    }
  }

  /** Its last calls are under way when the process ends its pool. */
  async #work(service: Service, prng: Prng): Promise<void> {
    const caller = new Caller(service.name, this.record);
    await caller.request(service, async () => {
      await read(caller, service, prng, { read: { text: sql.READ }, level: 'session' });
      await write(caller, service, prng);
    });
    const last = new Caller(`${service.name}.last`, this.record);
    void last.request(service, () => transaction(last, service, prng));
    await pauseOf(service, prng.between(0, 10));
  }

  #judge(kind: Kind, error: unknown): void {
    const { oracle } = this.world;
    oracle.count(`job ${kind} failed`);
    if (error instanceof DatabaseUnreachableError) return;
    const option = error instanceof ConfigurationError ? error.option : '';
    // The user of a fault may have lost its rights just then.
    if (option === 'monitor' && (kind === 'not-permitted' || oracle.counts.has('fault blind-probe'))) return;
    if (kind === 'tied' && option === 'systemId') return;
    oracle.found('start-tells-why', `a job (${kind}) ended with ${String(error)}`);
  }

  async #isEnded(service: Service): Promise<void> {
    try {
      await service.query(sql.READ, alone('ended', ['x']));
    } catch (error) {
      if (error instanceof PoolEndedError) return;
      this.world.oracle.found('ended-pools-refuse', `${service.name} failed with ${String(error)}`);
      return;
    }
    this.world.oracle.found('ended-pools-refuse', `${service.name} answered a read after its end`);
  }
}
