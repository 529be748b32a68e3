import type { Clock } from '../../clock';
import type { Probe, ProbeAnswer } from '../../engine/probe';

export interface RenewableProbeOptions {
  /** Makes a probe with a connection of its own. */
  readonly newProbe: () => Probe;
  readonly clock: Clock;
  /** The shortest time from one renewal to the next. */
  readonly minRenewalMs: number;
}

/**
 * The probe of one name. Its connection stays with the server that the name led to when it was made; in
 * doubt, the probe asks over a new one.
 */
export class RenewableProbe implements Probe {
  #current: Probe;
  /** Is asked for the first time, and takes the place of the current one if it answers. */
  #next: Probe | undefined;
  #isInDoubt = false;
  #isClosed = false;
  #renewedAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: RenewableProbeOptions) {
    this.#current = options.newProbe();
  }

  /** Call this when the name may now lead to another server: one of the next probes connects again. */
  doubt(): void {
    this.#isInDoubt = true;
  }

  ask(): Promise<ProbeAnswer> {
    const { clock, minRenewalMs } = this.options;
    const isDue = this.#isInDoubt && clock.now() - this.#renewedAtMs >= minRenewalMs;
    return isDue ? this.#renew() : this.#current.ask();
  }

  close(): void {
    this.#isClosed = true;
    this.#current.close();
    this.#next?.close();
  }

  async #renew(): Promise<ProbeAnswer> {
    this.#isInDoubt = false;
    this.#renewedAtMs = this.options.clock.now();
    const next = this.options.newProbe();
    this.#next = next;
    try {
      const answer = await next.ask();
      this.#current.close();
      this.#current = next;
      return answer;
    } catch (error) {
      next.close();
      if (this.#isClosed) throw error;
      // The server may accept no further connection, and be well all the same.
      return await this.#current.ask();
    } finally {
      this.#next = undefined;
    }
  }
}
