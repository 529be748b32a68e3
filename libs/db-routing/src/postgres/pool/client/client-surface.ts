import { EventEmitter } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import {
  type ClientBase,
  escapeIdentifier,
  escapeLiteral,
  type PoolConfig,
  type QueryArrayConfig,
  type QueryArrayResult,
  type QueryConfig,
  type QueryConfigValues,
  type QueryResult,
  type QueryResultRow,
  type Submittable,
  TypeOverrides,
} from 'pg';
import { UnsupportedFeatureError } from '../../../errors';
import {
  type AnyResult,
  assertQuery,
  callBack,
  isSubmittable,
  type QueryCallback,
  type QueryInput,
  splitArguments,
} from '../../protocol/query-types';

/** The options of its pool that a client shows. */
export type ClientSettings = Pick<PoolConfig, 'user' | 'database' | 'host' | 'port' | 'ssl' | 'types'>;

/** The interface of node-postgres' client. A subclass runs the statements. */
export abstract class ClientSurface extends EventEmitter {
  declare readonly escapeIdentifier: ClientBase['escapeIdentifier'];
  declare readonly escapeLiteral: ClientBase['escapeLiteral'];
  declare readonly pipeline: boolean;
  /** Sets a parser for the statements of this client only. */
  declare readonly setTypeParser: ClientBase['setTypeParser'];
  declare readonly getTypeParser: ClientBase['getTypeParser'];
  readonly #settings: ClientSettings;
  #types: TypeOverrides | undefined;
  /** The texts of named statements, by name. */
  #named: Map<string, string> | undefined;

  static {
    // On the prototype, as in node-postgres: each checkout makes a client.
    Object.assign(this.prototype, {
      escapeIdentifier,
      escapeLiteral,
      pipeline: false,
      setTypeParser(this: ClientSurface, ...parser: unknown[]): void {
        this.#types ??= new TypeOverrides(this.#settings.types);
        Reflect.apply(this.#types.setTypeParser.bind(this.#types), undefined, parser);
      },
      getTypeParser(this: ClientSurface, ...type: unknown[]): unknown {
        const types = this.#types ?? new TypeOverrides(this.#settings.types);
        return Reflect.apply(types.getTypeParser.bind(types), undefined, type);
      },
    });
  }

  protected constructor(settings: ClientSettings) {
    super();
    this.#settings = settings;
  }

  query<T extends Submittable>(submittable: T): T;
  query<R extends unknown[] = unknown[], I = unknown[]>(
    config: QueryArrayConfig<I>,
    values?: QueryConfigValues<I>,
  ): Promise<QueryArrayResult<R>>;
  query<R extends QueryResultRow = QueryResultRow, I = unknown[]>(
    input: string | QueryConfig<I>,
    values?: QueryConfigValues<I>,
  ): Promise<QueryResult<R>>;
  query<R extends unknown[] = unknown[], I = unknown[]>(
    config: QueryArrayConfig<I>,
    callback: (error: Error | null, result: QueryArrayResult<R>) => void,
  ): void;
  query<R extends QueryResultRow = QueryResultRow, I = unknown[]>(
    input: string | QueryConfig<I>,
    callback: (error: Error | null, result: QueryResult<R>) => void,
  ): void;
  query<R extends QueryResultRow = QueryResultRow, I = unknown[]>(
    input: string | QueryConfig<I>,
    values: QueryConfigValues<I> | undefined,
    callback: (error: Error | null, result: QueryResult<R>) => void,
  ): void;
  query(
    input: QueryInput,
    valuesOrCallback?: unknown[] | QueryCallback,
    maybeCallback?: QueryCallback,
  ): Promise<AnyResult> | Submittable | undefined {
    assertQuery(input);
    const [values, callback] = splitArguments(input, valuesOrCallback, maybeCallback);
    if (isSubmittable(input)) return this.runSubmittable(input, callback);
    const result = this.runQuery(this.#complete(input), values);
    if (callback) callBack(result, callback, null);
    return callback ? undefined : result;
  }

  /** Runs a statement; rejects with its error. */
  protected abstract runQuery(input: QueryConfig | string, values: unknown[] | undefined): Promise<AnyResult>;

  /**
   * Runs a cursor, stream or query object, and returns it. Its errors go to the object or to the callback.
   */
  protected abstract runSubmittable<T extends Submittable>(
    submittable: T,
    callback: QueryCallback | undefined,
  ): T;

  get user(): string | undefined {
    return this.#settings.user;
  }

  get database(): string | undefined {
    return this.#settings.database;
  }

  /**
   * The host of the primary, or of the first listed node while there is no primary. Each statement may run on
   * another node.
   */
  get host(): string {
    return this.#settings.host ?? '';
  }

  get port(): number {
    return this.#settings.port ?? 0;
  }

  get ssl(): boolean {
    return Boolean(this.#settings.ssl);
  }

  /** Fails as in node-postgres: a client of a pool is already connected. */
  connect(): Promise<never>;
  connect(callback: (error: Error) => void): void;
  connect(callback?: (error: Error) => void): Promise<never> | undefined {
    const error = new Error('Client has already been connected. You cannot reuse a client.');
    if (!callback) return Promise.reject(error);
    process.nextTick(callback, error);
    return undefined;
  }

  copyFrom(): Writable {
    throw new UnsupportedFeatureError('client.copyFrom()', 'use pg-copy-streams with client.query()');
  }

  copyTo(): Readable {
    throw new UnsupportedFeatureError('client.copyTo()', 'use pg-copy-streams with client.query()');
  }

  pauseDrain(): void {
    throw new UnsupportedFeatureError('client.pauseDrain()', 'await each query instead');
  }

  resumeDrain(): void {
    throw new UnsupportedFeatureError('client.resumeDrain()', 'await each query instead');
  }

  /**
   * Adds the client's type parsers, and to a name without text the text that an earlier statement gave with
   * that name.
   */
  #complete(input: QueryConfig | string): QueryConfig | string {
    const types = this.#types;
    if (typeof input === 'string') return types ? { text: input, types } : input;
    const completed = input.name === undefined ? input : this.#withText(input, input.name);
    return types && !completed.types ? { ...completed, types } : completed;
  }

  #withText(input: QueryConfig, name: string): QueryConfig {
    const given = input.text as string | undefined;
    const text = given ?? this.#named?.get(name);
    if (text === undefined) return input;
    (this.#named ??= new Map()).set(name, text);
    return given === undefined ? { ...input, text } : input;
  }
}
