import type { Clock } from '../../clock';
import type { AnyResult } from '../protocol/query-types';

export interface StatementHabitsOptions {
  readonly clock: Clock;
  /** Statements that took longer are slow; on a machine where everything is slow, those that took far longer than usual. Default 50. */
  readonly slowMs?: number;
  /** Answers of more rows are large. Default 1,000. */
  readonly manyRows?: number;
  /** Answers of more bytes are large. Default 100,000. */
  readonly manyBytes?: number;
  /** A habit is forgotten after this long, and may be learned again. Default 60,000. */
  readonly memoryMs?: number;
  /** Texts remembered at most. Default 1,000. */
  readonly maxTexts?: number;
}

interface Habit {
  /** Times that it was slow, less the times that it was quick since. */
  strikes: number;
  untilMs: number;
}

/** Once may be chance: a checkpoint, a cold cache, a processor that was elsewhere. */
const STRIKES_TO_LEARN = 2;
const MAX_STRIKES = 4;
/** Slow is what takes so many times as long as usual, */
const TIMES_USUAL = 8;
/** and whatever takes so many times as long as `slowMs`. */
const MAX_TIMES_SLOW = 5;
/** How fast a new measurement replaces the old ones. */
const WEIGHT_OF_NEW = 0.02;

/**
 * Which statements have been slow or large of late, by text. Only those are remembered: what behaves costs a comparison.
 */
export class StatementHabits {
  /** The least recently learned first. */
  readonly #heavy = new Map<string, Habit>();
  readonly #clock: Clock;
  readonly #slowMs: number;
  readonly #manyRows: number;
  readonly #manyBytes: number;
  readonly #memoryMs: number;
  readonly #maxTexts: number;
  #usualMs = 0;
  #lastSlowText: string | undefined;

  constructor(options: StatementHabitsOptions) {
    this.#clock = options.clock;
    this.#slowMs = options.slowMs ?? 50;
    this.#manyRows = options.manyRows ?? 1000;
    this.#manyBytes = options.manyBytes ?? 100_000;
    this.#memoryMs = options.memoryMs ?? 60_000;
    this.#maxTexts = options.maxTexts ?? 1000;
  }

  /**
   * The statement took so long on the server, without what it waited behind others, and returned so much. Returns whether that was too slow.
   * `isKnownSlow`: this run was found to be slow before it ended, and has been counted.
   */
  record(text: string, latencyMs: number, rows: number, bytes = 0, isKnownSlow = false): boolean {
    const isLarge = rows > this.#manyRows || bytes > this.#manyBytes;
    const isSlow = latencyMs > this.#limitMs;
    // A burst of one slow text counts once, and no more than what counts as slow: it must not make itself look usual.
    if (latencyMs <= this.#slowMs || text !== this.#lastSlowText) {
      this.#usualMs += (Math.min(latencyMs, this.#slowMs) - this.#usualMs) * WEIGHT_OF_NEW;
    }
    if (latencyMs > this.#slowMs) this.#lastSlowText = text;
    if (isLarge) this.#learn(text, MAX_STRIKES);
    else if (isSlow) {
      if (!isKnownSlow) this.#learn(text, 1);
    } else if (this.#heavy.size > 0) this.#behaved(text);
    return isSlow;
  }

  /** As record(), of a statement that ran alone. */
  recordAlone(text: string, latencyMs: number, result: AnyResult): void {
    this.record(text, latencyMs, Array.isArray(result) ? 0 : result.rows.length);
  }

  /** It has been running for so long, and is not done. Returns whether that is too slow; if it is, its record() has `isKnownSlow`. */
  recordRunning(text: string, ageMs: number): boolean {
    const isSlow = ageMs > this.#limitMs;
    if (isSlow) this.#learn(text, 1);
    return isSlow;
  }

  /** Whether it should have a connection to itself, so that others need not wait behind it. */
  needsExclusive(text: string): boolean {
    if (this.#heavy.size === 0) return false;
    const habit = this.#heavy.get(text);
    if (!habit) return false;
    if (habit.untilMs > this.#clock.now()) return habit.strikes >= STRIKES_TO_LEARN;
    this.#heavy.delete(text);
    return false;
  }

  get #limitMs(): number {
    return Math.min(Math.max(this.#slowMs, TIMES_USUAL * this.#usualMs), MAX_TIMES_SLOW * this.#slowMs);
  }

  #learn(text: string, strikes: number): void {
    const known = this.#heavy.get(text)?.strikes ?? 0;
    this.#heavy.delete(text);
    this.#heavy.set(text, {
      strikes: Math.min(MAX_STRIKES, known + strikes),
      untilMs: this.#clock.now() + this.#memoryMs,
    });
    if (this.#heavy.size <= this.#maxTexts) return;
    const [oldest] = this.#heavy.keys();
    if (oldest !== undefined) this.#heavy.delete(oldest);
  }

  #behaved(text: string): void {
    const habit = this.#heavy.get(text);
    if (!habit) return;
    habit.strikes -= 1;
    if (habit.strikes <= 0) this.#heavy.delete(text);
  }
}
