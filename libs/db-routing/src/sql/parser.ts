import createModule from 'libpg-query/wasm/libpg-query.js';
import type { PgQueryModule } from 'libpg-query/wasm/libpg-query.js';
import type { TreeNode } from './syntax-tree';

/** The text is not SQL to PostgreSQL 18's grammar. */
export class SyntaxNotUnderstood extends Error {}
/** There is no parser at the moment: not loaded yet, or its instance broke and is being replaced. */
export class ParserUnavailable extends Error {}

// struct PgQueryParseResult { char *tree; char *stderr; PgQueryError *error }, 32-bit pointers.
const ERROR_OFFSET_BYTES = 8;

let instance: PgQueryModule | undefined;
let loading: Promise<void> | undefined;

/** Loads PostgreSQL's parser (WASM). Idempotent; rejects when the module cannot be read or compiled. */
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
 * The syntax trees of the statements in a text, in order; none for a text of comments only.
 * @throws SyntaxNotUnderstood, ParserUnavailable
 */
export function parse(text: string): readonly TreeNode[] {
  if (instance === undefined) throw new ParserUnavailable('the SQL parser is not loaded');
  // The parser would stop at the NUL and judge only what stands before it.
  if (text.includes('\0')) throw new SyntaxNotUnderstood('NUL in the text');
  try {
    const tree = JSON.parse(parseToJson(instance, text)) as { stmts?: { stmt: TreeNode }[] };
    return (tree.stmts ?? []).map(({ stmt }) => stmt);
  } catch (error) {
    if (error instanceof SyntaxNotUnderstood) throw error;
    replaceInstance();
    throw new SyntaxNotUnderstood('the parser gave up', { cause: error });
  }
}

function parseToJson(module: PgQueryModule, text: string): string {
  const sizeBytes = module.lengthBytesUTF8(text) + 1;
  const textPointer = module._malloc(sizeBytes);
  let resultPointer = 0;
  try {
    module.stringToUTF8(text, textPointer, sizeBytes);
    resultPointer = module._wasm_parse_query_raw(textPointer);
    const errorPointer = module.getValue(resultPointer + ERROR_OFFSET_BYTES, 'i32');
    if (errorPointer !== 0) {
      throw new SyntaxNotUnderstood(module.UTF8ToString(module.getValue(errorPointer, 'i32')));
    }
    return module.UTF8ToString(module.getValue(resultPointer, 'i32'));
  } finally {
    module._free(textPointer);
    if (resultPointer !== 0) module._wasm_free_parse_result(resultPointer);
  }
}

/**
 * A stack overflow on a deeply nested text is not unwound inside the instance: after some thirty of them it
 * fails on every text ("memory access out of bounds"). So one failure is enough to take a new instance.
 */
function replaceInstance(): void {
  instance = undefined;
  loading = undefined;
  // Still without a parser when this fails: every unknown text then goes to the primary, and the next tries again.
  loadParser().catch(() => undefined);
}
