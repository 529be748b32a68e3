import { SeededRandom } from '../../../libs/shop-database/src/seed/random';
import type { Level } from '../history/lines';
import type { Recorder } from '../history/recorder';
import { CUSTOMER_PREFIX, type Lab } from '../lab';
import { Customer } from './customer';
import { pause } from './pause';
import { type Ending, RegisterSession } from './register-session';
import { registerKeys } from './register-table';
import { MAX_ORDERS, ShopSession } from './shop-session';

export interface TrafficOptions {
  readonly phase: string;
  readonly seed: number;
  readonly registerSessions: number;
  /** Each has two devices. */
  readonly customers: number;
  /** The average pause between two operations of a session. */
  readonly thinkMs: number;
  /** The share of the devices' operations that place orders. */
  readonly orderShare: number;
}

const LEVELS: readonly Level[] = [
  'session',
  'session',
  'session',
  'strong',
  'bounded',
  'eventual',
  'eventual',
];
const BOUNDS_MS = [600, 1_000, 1_500];
const ENDINGS: readonly Ending[] = ['commit', 'commit', 'commit', 'commit', 'rollback', 'timeout'];
const RESOLVE_ATTEMPTS = 40;
const RESOLVE_PAUSE_MS = 250;

/**
 * Many concurrent sessions, each of which performs one operation after the other, with pauses. The seed
 * decides what they do.
 */
export class Traffic {
  readonly #random: SeededRandom;
  readonly #work: Promise<void>[] = [];
  readonly #devices: ShopSession[] = [];
  #isOver = false;
  #opened = 0;

  constructor(
    private readonly lab: Lab,
    private readonly recorder: Recorder,
    private readonly options: TrafficOptions,
  ) {
    this.#random = new SeededRandom(options.seed);
  }

  start(): void {
    const { registerSessions, customers } = this.options;
    for (let index = 0; index < registerSessions; index++) this.#work.push(this.#useRegister(index));
    for (let index = 0; index < customers; index++) this.#work.push(this.#beCustomer(this.#fork()));
  }

  /** Each session finishes its current operation. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#work);
  }

  /**
   * Repeats orders that got no answer, once everything works again. Returns how many still have no answer.
   */
  async resolve(): Promise<number> {
    for (const device of this.#devices) {
      for (let attempt = 0; device.unresolved && attempt < RESOLVE_ATTEMPTS; attempt++) {
        if (attempt > 0) await pause(RESOLVE_PAUSE_MS);
        await device.resolve();
      }
    }
    return this.#devices.filter(({ unresolved }) => unresolved !== undefined).length;
  }

  async #useRegister(index: number): Promise<void> {
    const random = this.#fork();
    const { phase } = this.options;
    const session = new RegisterSession(`${phase}-register-${index}`, phase, this.lab.pool, this.recorder);
    let last: readonly string[] = [random.pick(registerKeys.singles)];
    while (!(await this.#isDone(random))) {
      const chance = random.next();
      const single = random.pick(registerKeys.singles);
      const twin = random.pick(registerKeys.twins);
      // Users often look at what they have just written.
      const keys = random.next() < 0.5 ? last : random.next() < 0.5 ? twin : [single];
      if (chance < 0.2) {
        last = [single];
        await session.write(last);
      } else if (chance < 0.32) {
        last = twin;
        await session.transaction([[single], twin], random.pick(ENDINGS));
      } else if (chance < 0.42) {
        await session.readOnlyTransaction(keys);
      } else if (chance < 0.5) {
        last = [single];
        await session.atOnce([
          () => session.read(keys, 'strong'),
          () => session.write([single]),
          () => session.read(keys, 'session'),
          () => session.read([single], 'strong'),
        ]);
      } else {
        await session.read(keys, random.pick(LEVELS), random.pick(BOUNDS_MS));
      }
    }
  }

  /** Switches to the next customer before a history gets longer than one page. */
  async #beCustomer(random: SeededRandom): Promise<void> {
    while (!this.#isOver) {
      const customer = await Customer.open(`${CUSTOMER_PREFIX}-${this.options.phase}-${this.#opened++}`);
      const devices = (['header', 'consistent-fetch'] as const).map((carrier) => {
        const { phase } = this.options;
        const name = `${customer.name}-${carrier}`;
        return new ShopSession(name, phase, customer, this.lab.urls, this.recorder, carrier);
      });
      this.#devices.push(...devices);
      await Promise.all(
        devices.map((device) => this.#useShop(device, new SeededRandom(random.between(1, 2 ** 30)))),
      );
    }
  }

  async #useShop(device: ShopSession, random: SeededRandom): Promise<void> {
    const { orders } = device.customer;
    while (orders.size < MAX_ORDERS && !(await this.#isDone(random))) {
      const chance = random.next();
      const known = [...orders].slice(-5);
      if (device.unresolved && random.next() < 0.5) await device.resolve();
      else if (chance < this.options.orderShare && !device.unresolved) {
        await device.place(random.pick(this.lab.skus));
      } else if (chance < (1 + this.options.orderShare) / 2 && known.length > 0) {
        await device.readOrder(random.pick(known));
      } else await device.readHistory();
    }
  }

  /** Pauses first. */
  async #isDone(random: SeededRandom): Promise<boolean> {
    await pause(-Math.log(1 - random.next()) * this.options.thinkMs);
    return this.#isOver;
  }

  #fork(): SeededRandom {
    return new SeededRandom(this.#random.between(1, 2 ** 30));
  }
}
