import { type Clock, systemClock } from '../clock';
import type { Position } from '../engine/position';
import { laterOf } from './position';

/**
 * Remembers the positions of sessions by subject, for clients that carry no token. An implementation keeps
 * each subject's latest position for some minutes and never moves it back.
 */
export interface SessionMemory {
  recall(subject: string): Promise<Position | undefined>;
  advance(subject: string, position: Position): Promise<void>;
}

export interface InProcessSessionMemoryOptions {
  /** How long a position is remembered, in milliseconds. Default ten minutes. */
  readonly lifetimeMs?: number;
  /**
   * The most subjects that are remembered; beyond that, the least recently advanced one is forgotten. Default
   * 100,000.
   */
  readonly maxSubjects?: number;
  readonly clock?: Clock;
}

export const DEFAULT_MEMORY_LIFETIME_MS = 600_000;

/** Remembers in one process. Several processes that serve the same subjects need a memory that they share. */
export class InProcessSessionMemory implements SessionMemory {
  /** In the order of their last advance(). */
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
    // A remembered position ahead of a restored cluster must expire: positions of that cluster do not
    // prolong it.
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
