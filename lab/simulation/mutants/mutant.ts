import type { FaultKind } from '../faults/fault';
import type { Story } from './stories';

/** A small wrong change of the library: one text in one compiled file is replaced. */
export interface Mutant {
  readonly name: string;
  /** What the changed library does wrong. */
  readonly what: string;
  /** The file in libs/db-routing/dist, without `.js`. */
  readonly file: string;
  /** A text of the compiled file that occurs there exactly once. */
  readonly from: string;
  readonly to: string;
  /**
   * The faults without which the change does no harm: kinds of faults, by their share, or a story. Each seed
   * then has many of them, instead of the faults that it draws.
   */
  readonly faults?: FaultWeights | Story | undefined;
}

export type FaultWeights = Readonly<Partial<Record<FaultKind, number>>>;

/** Throws RangeError when the text to replace does not occur exactly once. */
export function mutate(
  { name, file, from, to }: Pick<Mutant, 'name' | 'file' | 'from' | 'to'>,
  compiled: string,
): string {
  const parts = compiled.split(from);
  if (parts.length === 2) return parts.join(to);
  throw new RangeError(
    `mutant '${name}': the text to replace occurs ${parts.length - 1} times in ${file}.js, and must occur once: ${from}`,
  );
}
