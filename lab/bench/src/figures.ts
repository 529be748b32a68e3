import { median } from './statistics';

/** One quantity, measured once per round. */
export interface Figure {
  readonly work: string;
  /** The circumstances, for example `32 callers`. */
  readonly case: string;
  readonly contender: string;
  /** With its unit: `operations/s`, `p99 ms`. */
  readonly metric: string;
  readonly rounds: readonly number[];
}

export interface Summary extends Figure {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** A remark: something that was not measured and why, or something to know about a measurement. */
export interface Note {
  readonly work: string;
  readonly text: string;
}

/** What a run has measured, in the order of the first measurement. */
export class Figures {
  readonly #figures = new Map<string, Figure & { rounds: number[] }>();
  readonly #notes = new Map<string, Note>();

  add(figure: Omit<Figure, 'rounds'>, value: number): void {
    const key = keyOf(figure);
    const known = this.#figures.get(key);
    if (known === undefined) this.#figures.set(key, { ...figure, rounds: [value] });
    else known.rounds.push(value);
  }

  /** Adds a note once, however often it is called with it. */
  note(work: string, text: string): void {
    this.#notes.set(`${work}\n${text}`, { work, text });
  }

  get notes(): readonly Note[] {
    return [...this.#notes.values()];
  }

  get all(): readonly Summary[] {
    return [...this.#figures.values()].map(summarise);
  }

  /** The median; undefined when there is none. */
  median(work: string, circumstances: string, contender: string, metric: string): number | undefined {
    const rounds = this.rounds(work, circumstances, contender, metric);
    return rounds && median(rounds);
  }

  /** In the order of measurement; undefined when there are none. */
  rounds(
    work: string,
    circumstances: string,
    contender: string,
    metric: string,
  ): readonly number[] | undefined {
    return this.#figures.get(keyOf({ work, case: circumstances, contender, metric }))?.rounds;
  }
}

function keyOf({ work, case: circumstances, contender, metric }: Omit<Figure, 'rounds'>): string {
  return [work, circumstances, contender, metric].join('\n');
}

function summarise(figure: Figure): Summary {
  const { rounds } = figure;
  return { ...figure, median: median(rounds), min: Math.min(...rounds), max: Math.max(...rounds) };
}
