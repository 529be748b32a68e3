import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { Customer } from '../shop/customer';
import type { Shop } from '../shop/shop';
import type { StaleScores } from '../shop/stale-scores';
import { orderOnce } from './orderer';
import { readOnce } from './reader';

export const MAX_READERS = 40;
export const MAX_ORDERERS = 10;
/** With the pauses below, no customer comes near the services' rate limit. */
const CUSTOMERS = 200;
const READER_PAUSE_MS = 15;
const ORDERER_PAUSE_MS = 100;
const AFTER_FAILURE_MS = 500;

export const loadRequest = z.strictObject({
  readers: z.int().min(0).max(MAX_READERS).optional(),
  orderers: z.int().min(0).max(MAX_ORDERERS).optional(),
});
export interface LoadSize {
  readonly readers: number;
  readonly orderers: number;
}

/** What the load has done since the console's start. */
export interface LoadCounts {
  readonly answered: number;
  readonly failed: number;
  /** Why the last request failed. */
  readonly lastFailure: string | null;
}

/** Customers who read and order, as many at a time as asked for. */
export class Load {
  readonly #customers = Array.from({ length: CUSTOMERS }, (_, index) => new Customer(`load-${index + 1}`));
  readonly #running = { readers: 0, orderers: 0 };
  #size: LoadSize = { readers: 0, orderers: 0 };
  #counts: LoadCounts = { answered: 0, failed: 0, lastFailure: null };

  constructor(
    private readonly shop: Shop,
    private readonly scores: StaleScores,
  ) {}

  get size(): LoadSize {
    return this.#size;
  }

  get counts(): LoadCounts {
    return this.#counts;
  }

  /** Changes what is given. */
  resize({
    readers = this.#size.readers,
    orderers = this.#size.orderers,
  }: z.infer<typeof loadRequest>): void {
    const size = { readers, orderers };
    this.#size = size;
    while (this.#running.readers < size.readers) void this.#run('readers', READER_PAUSE_MS);
    while (this.#running.orderers < size.orderers) void this.#run('orderers', ORDERER_PAUSE_MS);
  }

  async #run(kind: keyof LoadSize, pauseMs: number): Promise<void> {
    this.#running[kind] += 1;
    while (this.#running[kind] <= this.#size[kind]) {
      const isOk = await this.#once(kind);
      await delay(isOk ? pauseMs : AFTER_FAILURE_MS);
    }
    this.#running[kind] -= 1;
  }

  async #once(kind: keyof LoadSize): Promise<boolean> {
    const customer = this.#customers[Math.floor(Math.random() * CUSTOMERS)];
    if (!customer) return false;
    try {
      const answered = await (kind === 'readers'
        ? readOnce(this.shop, customer)
        : orderOnce(this.shop, customer, this.scores));
      this.#counts = { ...this.#counts, answered: this.#counts.answered + answered };
      return true;
    } catch (error) {
      const lastFailure = (error as Error).message;
      this.#counts = { ...this.#counts, failed: this.#counts.failed + 1, lastFailure };
      return false;
    }
  }
}
