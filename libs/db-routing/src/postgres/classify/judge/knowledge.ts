import type { Catalog } from '../catalog/catalog';
import { type FunctionSource, readDefinition } from './function-source';
import { parse, ParserUnavailable } from '../tree/parser';
import type { TreeNode } from '../tree/syntax-tree';
import type { TrustedFunctions } from './trusted-functions';

/**
 * Parsing a longer definition would block the process for tens of milliseconds; it counts as not understood.
 */
const MAX_DEFINITION_LENGTH_CHARS = 100_000;

/**
 * What statements are judged by: one state of the catalog, the functions that its owner trusts, and the
 * catalog's SQL, parsed once.
 */
export class Knowledge {
  readonly #trees: Memory<readonly TreeNode[]>;
  readonly #sources: Memory<FunctionSource>;

  constructor(
    readonly catalog: Catalog,
    readonly trusted: TrustedFunctions,
    /** The knowledge that this one replaces; most of its SQL occurs in this one too. */
    before?: Knowledge,
  ) {
    this.#trees = new Memory(parse, before && before.#trees);
    this.#sources = new Memory(readDefinition, before && before.#sources);
  }

  /**
   * Returns the trees of a text; undefined when it is not understood. Throws ParserUnavailable when there is
   * no parser at the moment.
   */
  treesOf(sql: string): readonly TreeNode[] | undefined {
    return this.#trees.of(sql);
  }

  /**
   * Returns the source of a CREATE FUNCTION; undefined when it is not understood. Throws ParserUnavailable
   * when there is no parser at the moment.
   */
  sourceOf(definition: string): FunctionSource | undefined {
    return this.#sources.of(definition);
  }
}

/** Remembers what was read from texts, and takes over from its predecessor what is asked for again. */
class Memory<T> {
  readonly #known: Map<string, T | undefined> = new Map();
  readonly #older: ReadonlyMap<string, T | undefined>;

  constructor(
    private readonly read: (text: string) => T,
    before: Memory<T> | undefined,
  ) {
    this.#older = before ? before.#known : new Map<string, T | undefined>();
  }

  of(text: string): T | undefined {
    if (text.length > MAX_DEFINITION_LENGTH_CHARS) return undefined;
    if (!this.#known.has(text)) {
      const isOlder = this.#older.has(text);
      this.#known.set(text, isOlder ? this.#older.get(text) : understood(() => this.read(text)));
    }
    return this.#known.get(text);
  }
}

/**
 * Runs `read`; returns undefined when the text is not understood. Throws ParserUnavailable when there is no
 * parser at the moment, which says nothing about the text.
 */
export function understood<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ParserUnavailable) throw error;
    return undefined;
  }
}
