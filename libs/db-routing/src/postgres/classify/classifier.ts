import { ConfigurationError } from '../../errors';
import { BUILTIN_CATALOG } from './catalog/builtin-catalog';
import type { Catalog } from './catalog/catalog';
import { Judge } from './judge/judge';
import { Knowledge } from './judge/knowledge';
import { loadParser, parse, ParserUnavailable } from './tree/parser';
import type { Statement, StatementReason } from '../../engine/statement';
import { TextCache } from '../../text-cache';
import { shapeOf } from './tree/text-shape';
import { TrustedFunctions } from './judge/trusted-functions';
import { understand, understandAll, type Understanding } from './understand';

export interface ClassifierOptions {
  /** What is known of the database. Default: only PostgreSQL's own objects. */
  readonly catalog?: Catalog;
  /** The most texts to remember, at least 2. Default 4096. */
  readonly cacheSize?: number;
  /** See TrustedFunctions. */
  readonly trustedFunctions?: readonly string[];
}

const DEFAULT_CACHE_SIZE = 4096;
/** Bounds the cache's memory: cached texts have this many characters on average, at most. */
const CACHE_CHARS_PER_ENTRY = 2048;
/** Parsing a longer text would block the process for tens of milliseconds. */
export const MAX_TEXT_LENGTH_CHARS = 100_000;

const NOTHING: Omit<Understanding, 'kind' | 'target' | 'reason' | 'backendState'> = {
  tables: [],
  functions: [],
};

/**
 * Classifies texts by PostgreSQL's own grammar and what is known of the database. A text that it does not
 * understand goes to the primary.
 */
export class StatementClassifier {
  readonly #cache: TextCache<Statement>;
  /** What the texts of one shape need, so that texts with other constants are not parsed again. */
  readonly #shapes: TextCache<Understanding>;
  #knowledge: Knowledge;

  /**
   * Throws ConfigurationError when `cacheSize` is not a whole number of at least 2, or when a trusted
   * function has no valid name or is PostgreSQL's own.
   */
  constructor({
    catalog = BUILTIN_CATALOG,
    cacheSize = DEFAULT_CACHE_SIZE,
    trustedFunctions = [],
  }: ClassifierOptions = {}) {
    if (!Number.isInteger(cacheSize) || cacheSize < 2) {
      throw new ConfigurationError('cacheSize', cacheSize, 'it must be a whole number of at least 2');
    }
    this.#cache = new TextCache(cacheSize, cacheSize * CACHE_CHARS_PER_ENTRY);
    this.#shapes = new TextCache(cacheSize, cacheSize * CACHE_CHARS_PER_ENTRY);
    this.#knowledge = new Knowledge(catalog, new TrustedFunctions(trustedFunctions));
  }

  /** Loads the parser, once in a process. Until then, every text goes to the primary. */
  static load(): Promise<void> {
    return loadParser();
  }

  /** The current number of remembered texts. */
  get cachedTexts(): number {
    return this.#cache.size;
  }

  /**
   * Returns what `text` needs. For a text seen before, this costs one look-up. Throws TypeError when the text
   * contains a zero byte.
   */
  classify(text: string): Statement {
    return this.#cache.get(text) ?? this.#classifyUnseen(text);
  }

  /** Classifies by this catalog from now on. Forgets all texts if the catalog has new contents. */
  useCatalog(catalog: Catalog): void {
    if (catalog.signature === this.#knowledge.catalog.signature) return;
    this.#knowledge = new Knowledge(catalog, this.#knowledge.trusted, this.#knowledge);
    this.#cache.clear();
    this.#shapes.clear();
  }

  /**
   * Records that a replica refused this text (25006, 0A000). Until the catalog changes, it goes to the
   * primary, as do texts that differ from it only in constants.
   */
  rememberAsPrimary(text: string, reason: string): void {
    const { text: _text, detail: _detail, ...known } = this.classify(text);
    const understanding = {
      ...known,
      target: 'primary',
      reason: 'refused-by-replica',
      detail: reason,
    } as const;
    this.#cache.set(text, Object.freeze({ text, ...understanding }));
    const shape = shapeOf(text);
    if (shape !== undefined) this.#shapes.set(shape, understanding);
  }

  #classifyUnseen(text: string): Statement {
    // The protocol ends a text at a zero byte: the rest would break the connection, along with other work on
    // it.
    if (text.includes('\0')) throw new TypeError('a statement cannot hold a zero byte');
    if (text.length > MAX_TEXT_LENGTH_CHARS) return opaque(text, 'too-long');
    try {
      const statement = Object.freeze({ text, ...this.#understandShape(text) });
      this.#cache.set(text, statement);
      return statement;
    } catch (error) {
      // Not remembered: the parser comes back.
      if (error instanceof ParserUnavailable) return opaque(text, 'parser-restarting');
      const statement = opaque(text, 'unparseable', error instanceof Error ? error.message : String(error));
      this.#cache.set(text, statement);
      return statement;
    }
  }

  #understandShape(text: string): Understanding {
    const shape = shapeOf(text);
    if (shape === undefined) return this.#understandText(text);
    const known = this.#shapes.get(shape);
    if (known !== undefined) return known;
    const understanding = this.#understandText(text);
    this.#shapes.set(shape, understanding);
    return understanding;
  }

  #understandText(text: string): Understanding {
    const parts = parse(text).map((tree) => understand(tree, new Judge(this.#knowledge)));
    const [first] = parts;
    if (first === undefined)
      return { kind: 'empty', target: 'replica', reason: 'read', backendState: 'none', ...NOTHING };
    return parts.length === 1 ? first : understandAll(parts);
  }
}

/** Classifies a text of which nothing is known: it may change its backend session, too. */
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
