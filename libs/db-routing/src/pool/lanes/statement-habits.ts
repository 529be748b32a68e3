import type { Clock } from '../../clock';

export interface StatementHabitsOptions {
  readonly clock: Clock;
  /** Statements that took longer are slow. Default 50. */
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

/**
 * Which statements have been slow or large of late, by text. Only those are remembered: what behaves costs a comparison.
 */
export class StatementHabits {
  /** Text -> when it is forgotten, the least recently learned first. */
  readonly #heavy = new Map<string, number>();
  readonly #clock: Clock;
  readonly #slowMs: number;
  readonly #manyRows: number;
  readonly #manyBytes: number;
  readonly #memoryMs: number;
  readonly #maxTexts: number;

  constructor(options: StatementHabitsOptions) {
    this.#clock = options.clock;
    this.#slowMs = options.slowMs ?? 50;
    this.#manyRows = options.manyRows ?? 1000;
    this.#manyBytes = options.manyBytes ?? 100_000;
    this.#memoryMs = options.memoryMs ?? 60_000;
    this.#maxTexts = options.maxTexts ?? 1000;
  }

  /** The statement ran on the server for so long, without what it waited behind others, and returned so much. */
  record(text: string, latencyMs: number, rows: number, bytes = 0): void {
    if (latencyMs <= this.#slowMs && rows <= this.#manyRows && bytes <= this.#manyBytes) return;
    this.#heavy.delete(text);
    this.#heavy.set(text, this.#clock.now() + this.#memoryMs);
    if (this.#heavy.size <= this.#maxTexts) return;
    const [oldest] = this.#heavy.keys();
    if (oldest !== undefined) this.#heavy.delete(oldest);
  }

  /** Whether it should have a connection to itself, so that others need not wait behind it. */
  needsExclusive(text: string): boolean {
    if (this.#heavy.size === 0) return false;
    const forgottenAtMs = this.#heavy.get(text);
    if (forgottenAtMs === undefined) return false;
    if (forgottenAtMs > this.#clock.now()) return true;
    this.#heavy.delete(text);
    return false;
  }
}
