import { parse, parsePlpgsql, SyntaxNotUnderstood } from './parser';
import { childText, isNode, type TreeNode } from './syntax-tree';

/** What a body in PL/pgSQL runs. */
export interface PlpgsqlBody {
  /** Its statements, its expressions and the types of its variables, as SQL. */
  readonly trees: readonly TreeNode[];
  /** True when it runs texts that it makes at run time. */
  readonly isDynamic: boolean;
}

/** The statements that the walk below knows to hold only expressions, types and further statements. */
const KNOWN_STATEMENTS: ReadonlySet<string> = new Set(
  `block assign if loop while fori fors forc foreach_a exit return return_next return_query raise assert execsql
   dynexecute dynfors getdiag open fetch close perform call commit rollback case`.split(/\s+/),
);
const STATEMENT_PREFIX = 'PLpgSQL_stmt_';
const DYNAMIC_STATEMENTS: ReadonlySet<string> = new Set(['dynexecute', 'dynfors']);

// RawParseMode of PostgreSQL's parser.
const AS_STATEMENT = 0;
const AS_EXPRESSION = 2;
const AS_ASSIGNMENTS: ReadonlySet<unknown> = new Set([3, 4, 5]);

/** The parser does not know the columns of name%ROWTYPE; for PostgreSQL it is the type `name`. */
const ROW_TYPE = /(?<=[\w"$\u0080-\uffff]\s*)%\s*rowtype\b(?!\s*\()/gi;
/** t.column%TYPE and s.t.column%TYPE. The type of a variable, v%TYPE, is known already. */
const COLUMN_TYPE = /^(?<relation>.+?)\.(?:"[^"]*"|[^."]+)%type$/is;

/**
 * Reads a CREATE FUNCTION or DO in PL/pgSQL with PostgreSQL's own parser. Throws SyntaxNotUnderstood when it
 * contains something that is not known to be harmless to skip.
 */
export function readPlpgsql(definition: string): PlpgsqlBody {
  const found = { texts: [] as string[], isDynamic: false };
  collect(parsePlpgsql(definition.replace(ROW_TYPE, '')), found);
  return { trees: found.texts.flatMap((text) => parse(text)), isDynamic: found.isDynamic };
}

function collect(value: unknown, found: { texts: string[]; isDynamic: boolean }): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, found);
    return;
  }
  if (!isNode(value)) return;
  for (const [key, child] of Object.entries(value)) {
    if (key.startsWith(STATEMENT_PREFIX)) {
      const statement = key.slice(STATEMENT_PREFIX.length);
      if (!KNOWN_STATEMENTS.has(statement)) throw new SyntaxNotUnderstood(`PL/pgSQL has ${statement} now`);
      if (DYNAMIC_STATEMENTS.has(statement)) found.isDynamic = true;
    }
    // RETURN QUERY EXECUTE and OPEN FOR EXECUTE.
    if (key === 'dynquery') found.isDynamic = true;
    if (key === 'PLpgSQL_expr' && isNode(child)) found.texts.push(...sqlOf(child));
    else if (key === 'PLpgSQL_type' && isNode(child)) found.texts.push(...typeOf(child));
    else collect(child, found);
  }
}

function sqlOf(expression: TreeNode): readonly string[] {
  const text = childText(expression, 'query');
  if (text === undefined) throw new SyntaxNotUnderstood('an expression without a text');
  const mode = expression['parseMode'];
  if (mode === AS_STATEMENT) return [text];
  if (mode === AS_EXPRESSION) return [`SELECT ${text}`];
  if (AS_ASSIGNMENTS.has(mode)) return assignment(text).map((side) => `SELECT ${side}`);
  throw new SyntaxNotUnderstood(`an expression of mode ${String(mode)}`);
}

/**
 * Splits an assignment into its target, whose subscripts may call functions, and its value. Both sides must
 * be SQL and are searched as a whole, so a wrong cut loses no call.
 */
function assignment(text: string): readonly string[] {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '[') depth += 1;
    else if (character === ']') depth -= 1;
    else if (depth === 0 && (character === '=' || character === ':')) {
      const value = text.slice(character === ':' ? at + 2 : at + 1);
      return [text.slice(0, at), value];
    }
  }
  throw new SyntaxNotUnderstood('an assignment without a value');
}

function typeOf(type: TreeNode): readonly string[] {
  const name = childText(type, 'typname');
  if (name === undefined) throw new SyntaxNotUnderstood('a variable without a type');
  if (!/%type$/i.test(name)) return [`SELECT NULL::${name}`];
  const relation = COLUMN_TYPE.exec(name)?.groups?.['relation'];
  return relation === undefined ? [] : [`SELECT NULL::${relation}`];
}
