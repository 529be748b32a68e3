import type { Prng } from '../time/prng';
import type { Scheduler } from '../time/scheduler';

/** Where in an exchange a connection breaks. */
export type BreakPoint = 'before' | 'within' | 'after';

interface Break {
  readonly server: string;
  readonly point: BreakPoint;
  /** The share of packets at which it happens. */
  readonly rate: number;
  readonly untilMs: number;
}

/** Connections that break at a packet: before it arrives, within the answer, or after it. */
export class Breaks {
  #active: Break[] = [];

  constructor(
    private readonly scheduler: Scheduler,
    private readonly prng: Prng,
  ) {}

  add(active: Break): void {
    this.#active.push(active);
  }

  clear(): void {
    this.#active = [];
  }

  happens(server: string, point: BreakPoint): boolean {
    if (this.#active.length === 0) return false;
    const { nowMs } = this.scheduler;
    this.#active = this.#active.filter(({ untilMs }) => untilMs > nowMs);
    return this.#active.some(
      (active) => active.server === server && active.point === point && this.prng.chance(active.rate),
    );
  }

  /** How many of the answers arrive before the connection breaks. */
  prefix(answers: number): number {
    return this.prng.whole(0, Math.max(0, answers - 1));
  }
}
