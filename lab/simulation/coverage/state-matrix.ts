import { PHASES, type StatementPhase } from '../checks/phases';
import type { FaultKind } from '../faults/fault';
import { FAULT_KINDS, metKey, pairOf } from './met';

/** A cell that no run can fill, and why. */
export interface Impossible {
  readonly fault: string;
  readonly phase: string;
  readonly because: string;
}

/** A kind of fault, and where a statement is when it begins. */
export interface Cell {
  readonly kind: FaultKind;
  readonly phase: StatementPhase;
}

interface Pair {
  readonly name: string;
  readonly kinds: readonly FaultKind[];
}

/** A cell, or two faults at once in any phase, until it has been met. */
interface Gap {
  readonly kinds: readonly FaultKind[];
  readonly phase?: StatementPhase;
  isLeft(): boolean;
}

/** Which faults met which phases of a statement, and how often, over many runs. */
export class StateMatrix {
  readonly #counts = new Map<string, number>();

  constructor(private readonly impossible: readonly Impossible[]) {}

  add(counts: ReadonlyMap<string, number>): void {
    for (const [what, count] of counts) {
      if (what.startsWith('met ')) this.#counts.set(what, (this.#counts.get(what) ?? 0) + count);
    }
  }

  /** One row for each kind of fault, one column for each phase. */
  *rows(): Generator<string> {
    yield `${''.padEnd(16)}${PHASES.map((phase) => phase.slice(0, 12).padStart(13)).join('')}`;
    for (const kind of FAULT_KINDS) {
      const cells = PHASES.map((phase) => this.#cell(kind, phase).padStart(13));
      yield `${kind.padEnd(16)}${cells.join('')}`;
    }
  }

  /** Cells that are empty although they are possible. */
  get empty(): readonly Cell[] {
    return FAULT_KINDS.flatMap((kind) =>
      PHASES.filter((phase) => this.#count(kind, phase) === 0 && !this.#reason(kind, phase)).map((phase) => ({
        kind,
        phase,
      })),
    );
  }

  /** Pairs of faults that were never there at once, while a statement was under way. */
  get #pairsLeft(): readonly Pair[] {
    return pairs().filter(({ name }) => this.#isNeverAtOnce(name));
  }

  #isNeverAtOnce(pair: string): boolean {
    return PHASES.every((phase) => this.#count(pair, phase) === 0);
  }

  /** What is left to be met. */
  *gaps(): Generator<Gap> {
    for (const { kind, phase } of this.empty)
      yield { kinds: [kind], phase, isLeft: () => this.#count(kind, phase) === 0 };
    for (const { name, kinds } of this.#pairsLeft) yield { kinds, isLeft: () => this.#isNeverAtOnce(name) };
  }

  /** What is left to be met, for people. */
  *left(): Generator<string> {
    for (const { kind, phase } of this.empty) yield `${kind} has never begun while a statement was: ${phase}`;
    for (const { name } of this.#pairsLeft) yield `never at once: ${name}`;
  }

  /** How many of the cells of all pairs are filled. */
  get pairCells(): { readonly filled: number; readonly all: number } {
    const all = pairs().flatMap(({ name }) => PHASES.map((phase) => this.#count(name, phase)));
    return { filled: all.filter((count) => count > 0).length, all: all.length };
  }

  #cell(kind: string, phase: string): string {
    const count = this.#count(kind, phase);
    return count === 0 && this.#reason(kind, phase) ? '-' : String(count);
  }

  #count(fault: string, phase: string): number {
    return this.#counts.get(metKey(fault, phase)) ?? 0;
  }

  #reason(kind: string, phase: string): string | undefined {
    return this.impossible.find((cell) => cell.fault === kind && cell.phase === phase)?.because;
  }
}

function pairs(): readonly Pair[] {
  return FAULT_KINDS.flatMap((one, index) =>
    FAULT_KINDS.slice(index).map((other) => ({ name: pairOf(one, other), kinds: [one, other] })),
  );
}
