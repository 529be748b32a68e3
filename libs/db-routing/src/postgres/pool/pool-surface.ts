import {
  Pool,
  type QueryArrayConfig,
  type QueryArrayResult,
  type QueryConfig,
  type QueryConfigValues,
  type QueryResult,
  type QueryResultRow,
  type Submittable,
} from 'pg';
import { PoolEndedError } from '../../errors';
import {
  type AnyResult,
  callBack,
  isSubmittable,
  type QueryCallback,
  type QueryInput,
  splitArguments,
} from '../protocol/query-types';
import type { RoutedClient } from './client/routed-client';
import type { PoolEvent, PoolListener, RoutedPoolEvents } from './pool-events';

type ConnectCallback = (
  error: Error | undefined,
  client: RoutedClient | undefined,
  release: (reason?: Error | boolean) => void,
) => void;

/**
 * The interface of node-postgres' pool. A subclass runs the statements, lends the clients and closes the
 * connections.
 */
export abstract class PoolSurface extends Pool {
  /**
   * As in node-postgres. A statement runs in the managed transaction of the calling code, or is routed if
   * there is none.
   */
  override query<T extends Submittable>(submittable: T): T;
  override query<R extends unknown[] = unknown[], I = unknown[]>(
    config: QueryArrayConfig<I>,
    values?: QueryConfigValues<I>,
  ): Promise<QueryArrayResult<R>>;
  override query<R extends QueryResultRow = QueryResultRow, I = unknown[]>(
    input: string | QueryConfig<I>,
    values?: QueryConfigValues<I>,
  ): Promise<QueryResult<R>>;
  override query<R extends unknown[] = unknown[], I = unknown[]>(
    config: QueryArrayConfig<I>,
    callback: (error: Error | undefined, result: QueryArrayResult<R>) => void,
  ): void;
  override query<R extends QueryResultRow = QueryResultRow, I = unknown[]>(
    input: string | QueryConfig<I>,
    callback: (error: Error | undefined, result: QueryResult<R>) => void,
  ): void;
  override query<R extends QueryResultRow = QueryResultRow, I = unknown[]>(
    input: string | QueryConfig<I>,
    values: QueryConfigValues<I> | undefined,
    callback: (error: Error | undefined, result: QueryResult<R>) => void,
  ): void;
  override query(
    input: QueryInput | QueryCallback,
    valuesOrCallback?: unknown[] | QueryCallback,
    maybeCallback?: QueryCallback,
  ): Promise<unknown> | Submittable | undefined {
    if (typeof input === 'function') {
      refuseFunction(input);
      return undefined;
    }
    const [values, callback] = splitArguments(input, valuesOrCallback, maybeCallback);
    if (isSubmittable(input)) return this.runSubmittable(input, callback);
    const result = this.runQuery(input, values);
    if (!callback) return result;
    callBack(result, callback, undefined);
    return undefined;
  }

  /**
   * As in node-postgres, but without waiting: the client takes a connection only when a statement needs one.
   * Rejects with PoolEndedError when the pool has been told to end.
   */
  override connect(): Promise<RoutedClient>;
  override connect(callback: ConnectCallback): void;
  override connect(callback?: ConnectCallback): Promise<RoutedClient> | undefined {
    const client = this.ending ? undefined : this.lendClient();
    if (!callback) return client ? Promise.resolve(client) : Promise.reject(new PoolEndedError());
    process.nextTick(
      callback,
      client ? undefined : new PoolEndedError(),
      client,
      (reason?: Error | boolean) => client?.release(reason),
    );
    return undefined;
  }

  override on<K extends keyof RoutedPoolEvents>(
    event: K,
    listener: (...args: RoutedPoolEvents[K]) => void,
  ): this;
  override on<K extends PoolEvent>(event: K, listener: PoolListener<K>): this;
  override on(event: string, listener: (...args: never[]) => void): this {
    return super.on(event as PoolEvent, listener as PoolListener<PoolEvent>);
  }

  /**
   * As in node-postgres: waits for the answers to earlier statements and, for at most five seconds, for the
   * release of clients, then closes every connection. Rejects with an Error when it was called before.
   */
  override end(): Promise<void>;
  override end(callback: () => void): void;
  override end(callback?: (error?: Error) => void): Promise<void> | undefined {
    const ended = this.ending
      ? Promise.reject(new Error('Called end on pool more than once'))
      : this.closeAll();
    if (!callback) return ended;
    ended.then(
      () => process.nextTick(callback),
      (error: unknown) => process.nextTick(callback, error),
    );
    return undefined;
  }

  /** Runs a statement; rejects with its error. */
  protected abstract runQuery(input: QueryConfig | string, values: unknown[] | undefined): Promise<AnyResult>;

  /**
   * Runs a cursor, stream or query object. Returns a promise of the result for a query object without a
   * callback.
   */
  protected abstract runSubmittable(
    submittable: Submittable,
    callback: QueryCallback | undefined,
  ): Submittable | Promise<unknown>;

  protected abstract lendClient(): RoutedClient;

  /** Waits for statements and clients, then closes every connection. */
  protected abstract closeAll(): Promise<void>;
}

/** Fails with the message of node-postgres. */
function refuseFunction(callback: QueryCallback): void {
  const error = new Error('Passing a function as the first parameter to pool.query is not supported');
  setImmediate(() => callback(error, undefined));
}
