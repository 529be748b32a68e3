import { ConfigurationError } from '../../errors';
import { BUILTIN_CATALOG } from './catalog/builtin-catalog';
import type { Catalog } from './catalog/catalog';
import { Judge } from './judge/judge';
import { Knowledge } from './judge/knowledge';
import { loadParser, parse, ParserUnavailable } from './tree/parser';
import type { Statement, StatementReason } from '../../engine/statement';
import { StatementCache } from './statement-cache';
import { shapeOf } from './tree/text-shape';
import { TrustedFunctions } from './judge/trusted-functions';
import { understand, understandAll, type Understanding } from './understand';

export interface ClassifierOptions {
  /** What is known of the database; without it only PostgreSQL's own objects are. */
  readonly catalog?: Catalog;
  /** How many texts are remembered, at least 2. Default 4096. */
  readonly cacheSize?: number;
  /** See TrustedFunctions. */
  readonly trustedFunctions?: readonly string[];
}

const DEFAULT_CACHE_SIZE = 4096;
/** A cached text averages 2 kB at most: the cache's bound in memory, whatever the lengths. */
const CACHE_CHARS_PER_ENTRY = 2048;
/** A text longer than this would block the process for tens of milliseconds while it is parsed. */
export const MAX_TEXT_LENGTH_CHARS = 100_000;

const NOTHING: Omit<Understanding, 'kind' | 'target' | 'reason' | 'backendState'> = {
  tables: [],
  functions: [],
};

/**
 * Says what a text needs, by PostgreSQL's own grammar and what is known of the database. Never throws: what is not
 * understood goes to the primary.
 */
export class StatementClassifier {
  private readonly cache: StatementCache<Statement>;
  /** What texts of one shape need, so that those with other constants in them are not parsed again. */
  private readonly shapes: StatementCache<Understanding>;
  private knowledge: Knowledge;

  /** @throws ConfigurationError when cacheSize is not a whole number of at least 2, or a trusted function cannot be one. */
  constructor({
    catalog = BUILTIN_CATALOG,
    cacheSize = DEFAULT_CACHE_SIZE,
    trustedFunctions = [],
  }: ClassifierOptions = {}) {
    if (!Number.isInteger(cacheSize) || cacheSize < 2) {
      throw new ConfigurationError('cacheSize', cacheSize, 'it must be a whole number of at least 2');
    }
    this.cache = new StatementCache(cacheSize, cacheSize * CACHE_CHARS_PER_ENTRY);
    this.shapes = new StatementCache(cacheSize, cacheSize * CACHE_CHARS_PER_ENTRY);
    this.knowledge = new Knowledge(catalog, new TrustedFunctions(trustedFunctions));
  }

  /** Loads the parser, once a process; until it has, every text goes to the primary. */
  static load(): Promise<void> {
    return loadParser();
  }

  /** How many texts are remembered at the moment. */
  get cachedTexts(): number {
    return this.cache.size;
  }

  /** What `text` needs. A text seen before costs a look-up. Throws TypeError for one that cannot be sent at all. */
  classify(text: string): Statement {
    return this.cache.get(text) ?? this.classifyUnseen(text);
  }

  /** From now on, judge by this catalog. Forgets all texts if it says anything new. */
  useCatalog(catalog: Catalog): void {
    if (catalog.signature === this.knowledge.catalog.signature) return;
    this.knowledge = new Knowledge(catalog, this.knowledge.trusted, this.knowledge);
    this.cache.clear();
    this.shapes.clear();
  }

  /**
   * A replica refused this text (25006, 0A000): until the catalog changes it goes to the primary, and so do texts
   * that differ from it only in constants.
   */
  rememberAsPrimary(text: string, reason: string): void {
    const { text: _text, detail: _detail, ...known } = this.classify(text);
    const understanding = {
      ...known,
      target: 'primary',
      reason: 'refused-by-replica',
      detail: reason,
    } as const;
    this.cache.set(text, Object.freeze({ text, ...understanding }));
    const shape = shapeOf(text);
    if (shape !== undefined) this.shapes.set(shape, understanding);
  }

  private classifyUnseen(text: string): Statement {
    // The protocol ends a text at a zero byte: what follows would break the connection, and what others have on it.
    if (text.includes('\0')) throw new TypeError('a statement cannot hold a zero byte');
    if (text.length > MAX_TEXT_LENGTH_CHARS) return opaque(text, 'too-long');
    try {
      const statement = Object.freeze({ text, ...this.understandShape(text) });
      this.cache.set(text, statement);
      return statement;
    } catch (error) {
      // Not remembered: the parser will be back.
      if (error instanceof ParserUnavailable) return opaque(text, 'parser-restarting');
      const statement = opaque(text, 'unparseable', error instanceof Error ? error.message : String(error));
      this.cache.set(text, statement);
      return statement;
    }
  }

  private understandShape(text: string): Understanding {
    const shape = shapeOf(text);
    if (shape === undefined) return this.understandText(text);
    const known = this.shapes.get(shape);
    if (known !== undefined) return known;
    const understanding = this.understandText(text);
    this.shapes.set(shape, understanding);
    return understanding;
  }

  private understandText(text: string): Understanding {
    const parts = parse(text).map((tree) => understand(tree, new Judge(this.knowledge)));
    const [first] = parts;
    if (first === undefined)
      return { kind: 'empty', target: 'replica', reason: 'read', backendState: 'none', ...NOTHING };
    return parts.length === 1 ? first : understandAll(parts);
  }
}

/** Nothing is known of it, so it may have changed the session too. */
function opaque(text: string, reason: StatementReason, detail?: string): Statement {
  const statement = {
    text,
    kind: 'unparseable',
    target: 'primary',
    reason,
    backendState: 'changes',
    mayDefine: true,
    ...NOTHING,
  } as const;
  return Object.freeze(detail === undefined ? statement : { ...statement, detail });
}
