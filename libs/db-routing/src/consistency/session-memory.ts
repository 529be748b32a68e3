import { type Clock, systemClock } from '../clock';
import type { Position } from '../engine/position';
import { laterOf } from './position';

/**
 * Remembers where sessions are for clients that carry no token: by subject. An implementation of one's own keeps the latest position
 * for some minutes; it never goes back.
 */
export interface SessionMemory {
  recall(subject: string): Promise<Position | undefined>;
  advance(subject: string, position: Position): Promise<void>;
}

export interface InProcessSessionMemoryOptions {
  /** How long a position is remembered, in milliseconds. Default ten minutes. */
  readonly lifetimeMs?: number;
  /** Default 100,000; beyond, the one that was idle the longest is forgotten. */
  readonly maxSubjects?: number;
  readonly clock?: Clock;
}

export const DEFAULT_MEMORY_LIFETIME_MS = 600_000;

/** For one process: where several serve the same subjects, they need a memory that they share. */
export class InProcessSessionMemory implements SessionMemory {
  /** In the order of their last use. */
  readonly #subjects = new Map<string, { readonly position: Position; readonly untilMs: number }>();
  readonly #options: Required<InProcessSessionMemoryOptions>;

  constructor(options: InProcessSessionMemoryOptions = {}) {
    this.#options = {
      lifetimeMs: DEFAULT_MEMORY_LIFETIME_MS,
      maxSubjects: 100_000,
      clock: systemClock,
      ...options,
    };
  }

  recall(subject: string): Promise<Position | undefined> {
    return Promise.resolve(this.#recall(subject));
  }

  advance(subject: string, position: Position): Promise<void> {
    const { clock, lifetimeMs, maxSubjects } = this.#options;
    const later = laterOf(this.#recall(subject), position);
    // One that the cluster was restored to before must not be kept alive by what the cluster has now.
    const untilMs =
      later === position ? clock.now() + lifetimeMs : (this.#subjects.get(subject)?.untilMs ?? 0);
    this.#subjects.delete(subject);
    this.#subjects.set(subject, { position: later, untilMs });
    if (this.#subjects.size > maxSubjects) {
      const [oldest] = this.#subjects.keys();
      if (oldest !== undefined) this.#subjects.delete(oldest);
    }
    return Promise.resolve();
  }

  #recall(subject: string): Position | undefined {
    const known = this.#subjects.get(subject);
    return known && known.untilMs > this.#options.clock.now() ? known.position : undefined;
  }
}
