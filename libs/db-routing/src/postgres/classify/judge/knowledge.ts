import type { Catalog } from '../catalog/catalog';
import { type FunctionSource, readDefinition } from './function-source';
import { parse, ParserUnavailable } from '../tree/parser';
import type { TreeNode } from '../tree/syntax-tree';
import type { TrustedFunctions } from './trusted-functions';

/** A definition longer than this would block the process for tens of milliseconds while it is parsed, and proves nothing. */
const MAX_DEFINITION_LENGTH_CHARS = 100_000;

/** What statements are judged by: one state of the catalog, the word of its owner, and the SQL in it, parsed once. */
export class Knowledge {
  private readonly trees: Memory<readonly TreeNode[]>;
  private readonly sources: Memory<FunctionSource>;

  constructor(
    readonly catalog: Catalog,
    readonly trusted: TrustedFunctions,
    /** What was known before: most of the SQL in it is in this one, too. */
    before?: Knowledge,
  ) {
    this.trees = new Memory(parse, before?.trees);
    this.sources = new Memory(readDefinition, before?.sources);
  }

  /** undefined: it is not understood. Throws ParserUnavailable. */
  treesOf(sql: string): readonly TreeNode[] | undefined {
    return this.trees.of(sql);
  }

  /** Of a CREATE FUNCTION; undefined: it is not understood. Throws ParserUnavailable. */
  sourceOf(definition: string): FunctionSource | undefined {
    return this.sources.of(definition);
  }
}

/** Remembers what was read of texts, and takes over from the memory before it what is asked for again. */
class Memory<T> {
  private readonly known: Map<string, T | undefined> = new Map();
  private readonly older: ReadonlyMap<string, T | undefined>;

  constructor(
    private readonly read: (text: string) => T,
    before: Memory<T> | undefined,
  ) {
    this.older = before?.known ?? new Map<string, T | undefined>();
  }

  of(text: string): T | undefined {
    if (text.length > MAX_DEFINITION_LENGTH_CHARS) return undefined;
    if (!this.known.has(text)) {
      const isOlder = this.older.has(text);
      this.known.set(text, isOlder ? this.older.get(text) : understood(() => this.read(text)));
    }
    return this.known.get(text);
  }
}

/** undefined: it is not understood. Throws ParserUnavailable, for that says nothing of the text. */
export function understood<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ParserUnavailable) throw error;
    return undefined;
  }
}
