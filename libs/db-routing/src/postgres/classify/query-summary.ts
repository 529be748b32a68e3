import type { QualifiedName } from '../../engine/statement';
import { MAX_TEXT_LENGTH_CHARS } from './classifier';
import { parse, ParserUnavailable } from './tree/parser';
import { operationsOf, type TreeOperation } from './tree/tree-operations';
import { scanText } from '../../routing/text/scan-text';

/**
 * What may be shown of a statement outside the database, as OpenTelemetry's conventions name it:
 * https://opentelemetry.io/docs/specs/semconv/database/database-spans/
 */
export interface QuerySummary {
  /**
   * SELECT, INSERT, BEGIN. A query with writing common table expressions is the first of these writes. Empty
   * for a text without a statement.
   */
  readonly operation: string;
  /** Every operation and its tables in the order of the text: `INSERT orders SELECT products`. */
  readonly summary: string;
  /** The table or view, when the statement names only one. */
  readonly collection?: string;
  /**
   * The text without comments, with `?` for each constant and parameter, so that it contains no user data.
   */
  readonly text: string;
}

const MAX_CACHED = 1_000;
const MAX_SUMMARY_CHARS = 255;
const PLAIN_NAME = /^[a-z_\u0080-\uffff][\w$\u0080-\uffff]*$/;

/** Summarises statements for traces and logs. Caches up to a thousand texts, then starts over. */
export class QuerySummaries {
  readonly #known = new Map<string, QuerySummary>();

  of(text: string): QuerySummary {
    const known = this.#known.get(text);
    if (known) return known;
    const { skeleton } = scanText(text);
    const operations = operationsIn(text, skeleton);
    const summary = summaryOf(operations ?? [wordOnly(skeleton)], skeleton);
    if (operations === undefined) return summary;
    if (this.#known.size >= MAX_CACHED) this.#known.clear();
    this.#known.set(text, summary);
    return summary;
  }
}

/** Undefined while there is no parser: until the first pool of the process starts. */
function operationsIn(text: string, skeleton: string): readonly TreeOperation[] | undefined {
  if (text.length > MAX_TEXT_LENGTH_CHARS) return [wordOnly(skeleton)];
  const statements = skeleton.split(';');
  try {
    return parse(text).flatMap((tree, index) => operationsOf(tree, firstWord(statements[index])));
  } catch (error) {
    return error instanceof ParserUnavailable ? undefined : [wordOnly(skeleton)];
  }
}

function summaryOf(operations: readonly TreeOperation[], text: string): QuerySummary {
  const collections = new Set(operations.flatMap(({ relations }) => relations.map(print)));
  const [collection] = collections;
  const words = operations.flatMap(({ name, relations }) => [name, ...relations.map(print)]);
  return {
    operation: mainOperation(operations),
    summary: upTo(MAX_SUMMARY_CHARS, words),
    ...(collections.size === 1 && collection !== undefined && { collection }),
    text,
  };
}

/** Operations of CTEs precede their statement's own; EXPLAIN, COPY and the like begin with their own. */
function mainOperation(operations: readonly TreeOperation[]): string {
  const [first] = operations;
  if (first === undefined) return '';
  const isQuery = first.name === 'SELECT' || first.name === 'VALUES';
  const write = operations.find(({ isWrite }) => isWrite);
  return isQuery && write !== undefined ? write.name : first.name;
}

function wordOnly(skeleton: string): TreeOperation {
  return { name: firstWord(skeleton), isWrite: false, relations: [] };
}

function firstWord(skeleton = ''): string {
  return /^\w*/.exec(skeleton)?.[0].toUpperCase() ?? '';
}

function print({ schema, name }: QualifiedName): string {
  const parts = schema === undefined ? [name] : [schema, name];
  return parts.map((part) => (PLAIN_NAME.test(part) ? part : `"${part.replaceAll('"', '""')}"`)).join('.');
}

/** Ends between two words. */
function upTo(maxChars: number, words: readonly string[]): string {
  let text = '';
  for (const word of words) {
    const longer = text === '' ? word : `${text} ${word}`;
    if (longer.length > maxChars) break;
    text = longer;
  }
  return text;
}
