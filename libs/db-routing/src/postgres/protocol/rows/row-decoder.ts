import { COLUMN_READERS, type ColumnKind } from './columns';
import type { TypeParser } from './driver-parsers';
import type { RowBytes } from './row-bytes';

/** Reads one row, whose columns begin at this position. */
export type RowDecoder = (row: RowBytes, at: number) => unknown;

/** What the code that reads a row depends on. */
export interface RowLayout {
  readonly names: readonly string[];
  readonly kinds: readonly ColumnKind[];
  readonly isArray: boolean;
}

export type DecoderFactory = (readers: typeof COLUMN_READERS, parsers: readonly TypeParser[]) => RowDecoder;

/** Beyond these, the engine would not compile the code, or would make rows of another kind. */
const MAX_COLUMNS = 100;
const MAX_FACTORIES = 500;

/**
 * Makes functions that read the rows of one layout, several times faster than a loop that sets one property
 * after the other. All statements of a layout share the code. The rows come from a constructor, not from a
 * literal: of a large answer, many rows survive a collection of new objects, and the engine would then put
 * literals among the old ones, which are more costly to collect.
 */
export class RowDecoders {
  constructor(private readonly compile: (source: string) => DecoderFactory = compiled) {}

  /** The oldest comes first. */
  readonly #factories = new Map<string, DecoderFactory>();
  #mayGenerate = true;

  /** Undefined when the rows have too many columns, or the process must not generate code. */
  decoder(layout: RowLayout, parsers: readonly TypeParser[]): RowDecoder | undefined {
    if (!this.#mayGenerate || layout.names.length > MAX_COLUMNS) return undefined;
    const source = sourceOf(layout);
    let factory = this.#factories.get(source);
    if (!factory) {
      factory = this.#compile(source);
      if (!factory) return undefined;
      if (this.#factories.size >= MAX_FACTORIES) this.#dropOldest();
      this.#factories.set(source, factory);
    }
    return factory(COLUMN_READERS, parsers);
  }

  #compile(source: string): DecoderFactory | undefined {
    try {
      return this.compile(source);
    } catch (error) {
      // --disallow-code-generation-from-strings
      if ((error as Error).name !== 'EvalError') throw error;
      this.#mayGenerate = false;
      return undefined;
    }
  }

  #dropOldest(): void {
    const [oldest] = this.#factories.keys();
    if (oldest !== undefined) this.#factories.delete(oldest);
  }
}

function compiled(source: string): DecoderFactory {
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- names are quoted; the rest is ours
  return new Function('readers', 'parsers', source) as DecoderFactory;
}

function sourceOf({ names, kinds, isArray }: RowLayout): string {
  const values = kinds.map((_, i) => `v${i}`).join(', ');
  const columns = kinds.map(
    (kind, i) => `
    length = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
    at += 4;
    let v${i} = null;
    if (length >= 0) { v${i} = ${kind}(row, at, length, p${i}); at += length; }`,
  );
  return `
  const { ${[...new Set(kinds)].join(', ')} } = readers;
  const [${kinds.map((_, i) => `p${i}`).join(', ')}] = parsers;
  function Row(${values}) {${assignmentsOf(names)}}
  Row.prototype = Object.prototype;
  return function row(row, at) {
    const { bytes } = row;
    let length = 0;${columns.join('')}
    return ${isArray ? `[${values}]` : `new Row(${values})`};
  };`;
}

/** A later column replaces an earlier one of the same name, in its place, as in the driver. */
function assignmentsOf(names: readonly string[]): string {
  const lastOf = new Map(names.map((name, i) => [name, i]));
  const assignments = [...lastOf].map(([name, i]) => {
    const key = JSON.stringify(name);
    return name === '__proto__'
      ? `Object.defineProperty(this, ${key}, { value: v${i}, enumerable: true, writable: true, configurable: true });`
      : `this[${key}] = v${i};`;
  });
  return assignments.join(' ');
}
