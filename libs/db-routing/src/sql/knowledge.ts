import type { Catalog } from './catalog';
import { readDefinition } from './function-source';
import type { FunctionSource } from './function-source';
import { parse, ParserUnavailable } from './parser';
import type { TreeNode } from './syntax-tree';
import type { TrustedFunctions } from './trusted-functions';

/** What statements are judged by: one state of the catalog, the word of its owner, and the SQL in it, parsed once. */
export class Knowledge {
  private readonly trees = new Map<string, readonly TreeNode[] | undefined>();
  private readonly sources = new Map<string, FunctionSource | undefined>();

  constructor(
    readonly catalog: Catalog,
    readonly trusted: TrustedFunctions,
  ) {}

  /** undefined: it is not understood. Throws ParserUnavailable. */
  treesOf(sql: string): readonly TreeNode[] | undefined {
    return remembered(this.trees, sql, parse);
  }

  /** Of a CREATE FUNCTION; undefined: it is not understood. Throws ParserUnavailable. */
  sourceOf(definition: string): FunctionSource | undefined {
    return remembered(this.sources, definition, readDefinition);
  }
}

function remembered<T>(
  known: Map<string, T | undefined>,
  text: string,
  read: (text: string) => T,
): T | undefined {
  if (!known.has(text))
    known.set(
      text,
      understood(() => read(text)),
    );
  return known.get(text);
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
