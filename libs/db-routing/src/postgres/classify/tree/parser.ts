import createModule, { type PgQueryModule } from 'libpg-query/wasm/libpg-query.js';
import type { TreeNode } from './syntax-tree';

/** The text is not SQL by the grammar of PostgreSQL 18. */
export class SyntaxNotUnderstood extends Error {}
/** There is no parser at the moment: it is not loaded yet, or its instance broke and is being replaced. */
export class ParserUnavailable extends Error {}

// struct PgQueryParseResult { char *tree; char *stderr; PgQueryError *error }, 32-bit pointers.
const ERROR_OFFSET_BYTES = 8;

let instance: PgQueryModule | undefined;
let loading: Promise<void> | undefined;

/** Loads PostgreSQL's parser (WASM), once. Rejects when the module cannot be read or compiled. */
export function loadParser(): Promise<void> {
  loading ??= createModule().then(
    (module) => {
      instance = module;
    },
    (cause: unknown) => {
      loading = undefined;
      throw new ParserUnavailable('the SQL parser could not be loaded', { cause });
    },
  );
  return loading;
}

/**
 * Returns the syntax trees of the statements in a text, in order; none for a text of comments only. Throws
 * SyntaxNotUnderstood when the text is not SQL, and ParserUnavailable when there is no parser at the moment.
 */
export function parse(text: string): readonly TreeNode[] {
  return parseWith(text, (module) => {
    const tree = JSON.parse(parseToJson(module, text)) as { stmts?: { stmt: TreeNode }[] };
    return (tree.stmts ?? []).map(({ stmt }) => stmt);
  });
}

/**
 * Returns the tree of what a CREATE FUNCTION or DO in PL/pgSQL runs, with its SQL as text. Throws
 * SyntaxNotUnderstood when the text is not PL/pgSQL, and ParserUnavailable when there is no parser at the
 * moment.
 */
export function parsePlpgsql(text: string): TreeNode {
  return parseWith(text, (module) => JSON.parse(parsePlpgsqlToJson(module, text)) as TreeNode);
}

function parseWith<T>(text: string, work: (module: PgQueryModule) => T): T {
  if (instance === undefined) throw new ParserUnavailable('the SQL parser is not loaded');
  // The parser would stop at the NUL and judge only the text before it.
  if (text.includes('\0')) throw new SyntaxNotUnderstood('NUL in the text');
  try {
    return work(instance);
  } catch (error) {
    if (error instanceof SyntaxNotUnderstood) throw error;
    replaceInstance();
    throw new SyntaxNotUnderstood('the parser gave up', { cause: error });
  }
}

function parseToJson(module: PgQueryModule, text: string): string {
  return withCopy(module, text, (textPointer) => {
    const resultPointer = module._wasm_parse_query_raw(textPointer);
    try {
      const errorPointer = module.getValue(resultPointer + ERROR_OFFSET_BYTES, 'i32');
      if (errorPointer !== 0) {
        throw new SyntaxNotUnderstood(module.UTF8ToString(module.getValue(errorPointer, 'i32')));
      }
      return module.UTF8ToString(module.getValue(resultPointer, 'i32'));
    } finally {
      if (resultPointer !== 0) module._wasm_free_parse_result(resultPointer);
    }
  });
}

function parsePlpgsqlToJson(module: PgQueryModule, text: string): string {
  return withCopy(module, text, (textPointer) => {
    const resultPointer = module._wasm_parse_plpgsql(textPointer);
    try {
      const result = module.UTF8ToString(resultPointer);
      // Anything other than JSON is an error message.
      if (!result.startsWith('{')) throw new SyntaxNotUnderstood(result);
      return result;
    } finally {
      if (resultPointer !== 0) module._wasm_free_string(resultPointer);
    }
  });
}

function withCopy(module: PgQueryModule, text: string, work: (textPointer: number) => string): string {
  const sizeBytes = module.lengthBytesUTF8(text) + 1;
  const textPointer = module._malloc(sizeBytes);
  try {
    module.stringToUTF8(text, textPointer, sizeBytes);
    return work(textPointer);
  } finally {
    module._free(textPointer);
  }
}

/**
 * Replaces the parser's instance. A stack overflow on a deeply nested text is not unwound inside the
 * instance: after some thirty of them it fails on every text ("memory access out of bounds"). So one failure
 * is enough to replace it.
 */
function replaceInstance(): void {
  instance = undefined;
  loading = undefined;
  // If this fails, there is still no parser: every unknown text goes to the primary, and the next one tries
  // again.
  loadParser().catch(() => undefined);
}
