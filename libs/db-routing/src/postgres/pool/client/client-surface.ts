import { EventEmitter } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import {
  type ClientBase,
  escapeIdentifier,
  escapeLiteral,
  type PoolConfig,
  type QueryConfig,
  TypeOverrides,
} from 'pg';
import { UnsupportedFeatureError } from '../../../errors';

/** What a client says of its pool: `user`, `database`, `host`, `port`, `ssl`, `types`. */
export type ClientSettings = Pick<PoolConfig, 'user' | 'database' | 'host' | 'port' | 'ssl' | 'types'>;

/** The parts of node-postgres' client that send nothing. */
export abstract class ClientSurface extends EventEmitter {
  readonly escapeIdentifier = escapeIdentifier;
  readonly escapeLiteral = escapeLiteral;
  readonly pipeline = false;
  #types: TypeOverrides | undefined;
  #named: Map<string, string> | undefined;

  protected constructor(protected readonly settings: ClientSettings) {
    super();
  }

  get user(): string | undefined {
    return this.settings.user;
  }

  get database(): string | undefined {
    return this.settings.database;
  }

  /** Of the first server that the pool was given; which one serves is decided with each statement. */
  get host(): string {
    return this.settings.host ?? '';
  }

  get port(): number {
    return this.settings.port ?? 0;
  }

  get ssl(): boolean {
    return Boolean(this.settings.ssl);
  }

  /** For this client's statements only. */
  readonly setTypeParser: ClientBase['setTypeParser'] = (...parser: unknown[]): void => {
    this.#types ??= new TypeOverrides(this.settings.types);
    Reflect.apply(this.#types.setTypeParser.bind(this.#types), undefined, parser);
  };

  readonly getTypeParser: ClientBase['getTypeParser'] = (...type: unknown[]) => {
    const types = this.#types ?? new TypeOverrides(this.settings.types);
    return Reflect.apply(types.getTypeParser.bind(types), undefined, type) as never;
  };

  /** As in node-postgres: a client of a pool is connected already. */
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

  /** The statement with what this client was told before: parsers, and the text of a name that was given with one. */
  protected complete(input: QueryConfig | string): QueryConfig | string {
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
