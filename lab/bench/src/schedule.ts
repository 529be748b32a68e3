/** A part of a run, with the time that it is expected to take. */
export interface Step {
  readonly name: string;
  readonly expectedMs: number;
  /** Whether it makes use of spare time. */
  readonly isExtensible: boolean;
}

/** About what a contender takes to start, and a replica to be cloned. */
export const [CONTENDER_START_MS, REPLICA_CLONE_MS] = [1_000, 2_000];

/** Steps correct the expectations of others as if these had been right for so long. */
const TRUST_MS = 60_000;

/**
 * How long a run takes: foretold for each work, and corrected by what the works before have taken. What is
 * left of the time limit is spare, for additional rounds of figures that vary; each work may use a share of
 * it.
 */
export class Schedule {
  readonly #startMs: number;
  #upcoming: readonly Step[];
  #current: { readonly step: Step; readonly startMs: number; spareMs: number; extraMs: number } | undefined;
  #expectedMs = 0;
  #tookMs = 0;

  constructor(
    steps: readonly Step[],
    private readonly limitMs: number,
    private readonly say: (line: string) => void,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#upcoming = steps;
    this.#startMs = now();
  }

  /** Says how long the run takes, in total and for each step. */
  announce(): void {
    const parts = this.#upcoming.map(({ name, expectedMs }) => `${name} ${inWords(expectedMs)}`);
    this.say(`takes about ${inWords(this.#remainingMs())}: ${parts.join(', ')}`);
  }

  /** Ends the step before. */
  begin(name: string): void {
    if (this.#current?.step.name === name) return;
    this.end();
    const step = this.#upcoming.find((each) => each.name === name);
    if (step === undefined) return;
    const passedMs = this.now() - this.#startMs;
    this.say(`${name}: after ${inWords(passedMs)}, with about ${inWords(this.#remainingMs())} to go`);
    this.#current = { step, startMs: this.now(), spareMs: this.#shareOf(step, passedMs), extraMs: 0 };
    this.#upcoming = this.#upcoming.filter((each) => each !== step);
  }

  end(): void {
    if (this.#current === undefined) return;
    const { step, startMs, extraMs } = this.#current;
    this.#expectedMs += step.expectedMs;
    this.#tookMs += this.now() - startMs - extraMs;
    this.#current = undefined;
  }

  /** Whether the current step has that much spare time; takes it from there, if so. */
  takeSpare(ms: number): boolean {
    if (this.#current === undefined || this.#current.spareMs < ms) return false;
    this.#current.spareMs -= ms;
    this.#current.extraMs += ms;
    return true;
  }

  #shareOf(step: Step, passedMs: number): number {
    if (!step.isExtensible) return 0;
    const spareMs = this.limitMs - passedMs - this.#remainingMs();
    const extensible = this.#upcoming.filter(({ isExtensible }) => isExtensible);
    return Math.max(0, (spareMs * step.expectedMs) / sumOf(extensible));
  }

  #remainingMs(): number {
    const correction = (this.#tookMs + TRUST_MS) / (this.#expectedMs + TRUST_MS);
    return sumOf(this.#upcoming) * correction;
  }
}

function sumOf(steps: readonly Step[]): number {
  return steps.reduce((sum, { expectedMs }) => sum + expectedMs, 0);
}

function inWords(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  return seconds < 100 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
