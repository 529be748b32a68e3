import type { Clock } from '../../clock';
import type { AnyResult } from '../protocol/query-types';

export interface HeavyStatementsOptions {
  readonly clock: Clock;
  /**
   * Statements that take longer are slow, in milliseconds; on a machine where everything is slow, those that
   * take far longer than usual. Default 50.
   */
  readonly slowMs?: number;
  /** Answers with more rows are large. Default 1,000. */
  readonly manyRows?: number;
  /** Answers with more bytes are large. Default 100,000. */
  readonly manyBytes?: number;
  /** A habit is forgotten after this time, in milliseconds, and may be learned again. Default 60,000. */
  readonly memoryMs?: number;
  /** Maximum number of texts to remember. Default 1,000. */
  readonly maxTexts?: number;
}

interface Habit {
  /** Number of slow runs, minus the number of quick runs since. */
  strikes: number;
  untilMs: number;
}

/** A single slow run may be chance: a checkpoint, a cold cache, a busy processor. */
const STRIKES_TO_LEARN = 2;
const MAX_STRIKES = 4;
/** A statement is slow when it takes this many times the usual latency, */
const TIMES_USUAL = 8;
/** or this many times `slowMs`, however slow the machine is. */
const MAX_TIMES_SLOW = 5;
/** Weight of a new measurement in the moving average. */
const WEIGHT_OF_NEW = 0.02;

/**
 * Remembers which statements have recently been slow or large, by text. Remembers only those: a well-behaved
 * statement costs one comparison.
 */
export class HeavyStatements {
  /** The least recently learned text comes first. */
  readonly #heavy = new Map<string, Habit>();
  readonly #clock: Clock;
  readonly #slowMs: number;
  readonly #manyRows: number;
  readonly #manyBytes: number;
  readonly #memoryMs: number;
  readonly #maxTexts: number;
  #usualMs = 0;
  #lastSlowText: string | undefined;

  constructor(options: HeavyStatementsOptions) {
    this.#clock = options.clock;
    this.#slowMs = options.slowMs ?? 50;
    this.#manyRows = options.manyRows ?? 1000;
    this.#manyBytes = options.manyBytes ?? 100_000;
    this.#memoryMs = options.memoryMs ?? 60_000;
    this.#maxTexts = options.maxTexts ?? 1000;
  }

  /**
   * Records a run: its time on the server, without the wait behind other statements, and the size of its
   * answer. Returns whether the run was too slow. `isKnownSlow`: the run was already counted as slow before
   * it ended.
   */
  record(text: string, latencyMs: number, rows: number, bytes = 0, isKnownSlow = false): boolean {
    const isLarge = rows > this.#manyRows || bytes > this.#manyBytes;
    const isSlow = latencyMs > this.#limitMs;
    // A burst of one slow text counts once, and at most as `slowMs`, so that it cannot make itself look
    // usual.
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

  /** As record(), for a statement that ran on an exclusive connection. */
  recordAlone(text: string, latencyMs: number, result: AnyResult): void {
    this.record(text, latencyMs, Array.isArray(result) ? 0 : result.rows.length);
  }

  /**
   * Records a statement that is still running. Returns whether it is already too slow; if so, pass
   * `isKnownSlow` to record() when it ends.
   */
  recordRunning(text: string, ageMs: number): boolean {
    const isSlow = ageMs > this.#limitMs;
    if (isSlow) this.#learn(text, 1);
    return isSlow;
  }

  /**
   * Whether the text should run on an exclusive connection, so that other statements need not wait behind it.
   */
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
