import type { Connection, PoolClient, QueryConfig, Submittable, TransactionStatus } from 'pg';
import { ClientReleasedError, UnboundClientError } from '../../../errors';
import { clientInternals } from '../../protocol/driver-internals';
import { type AnyResult, asError, type QueryCallback } from '../../protocol/query-types';
import type { InUse } from '../in-use';
import type { Statements } from '../statements/statements';
import { adoptCallback, bindToCaller, failSubmittable } from '../statements/submittable';
import { withCallersStack } from './callers-stack';
import { ClientBinding } from './client-binding';
import { type ClientSettings, ClientSurface } from './client-surface';
import { InOrder } from './in-order';
import { StatementStarter } from './statement-starter';
import { UnderWay } from './under-way';

/** The pool of a client, as the client needs it. */
export interface ClientHost {
  readonly statements: Statements;
  readonly settings: ClientSettings;
  /** The statements that the pool waits for when it ends. */
  readonly inUse: InUse;
  /** Called once, before the client's connection is given back. */
  onReleased(client: RoutedClient, reason: Error | boolean | undefined): void;
}

/** What a client works with until it is released. */
interface ClientParts {
  readonly binding: ClientBinding;
  readonly starter: StatementStarter;
  readonly order: InOrder;
  readonly underWay: UnderWay;
}

/**
 * The client that `pool.connect()` returns, with the interface of node-postgres' client. It is free at first:
 * it holds no connection, its plain reads run on any node, and inside a managed transaction its statements
 * run there. Its first other statement binds it to an exclusive connection to the primary, until release().
 */
export class RoutedClient extends ClientSurface implements PoolClient {
  readonly #pool: ClientHost;
  /**
   * Undefined once the connection is given back. Kysely keeps clients in a WeakMap, whose entries survive
   * until the next full collection: they then keep nothing else alive.
   */
  #parts: ClientParts | undefined;
  #isReleased = false;

  constructor(pool: ClientHost) {
    super(pool.settings);
    this.#pool = pool;
    const binding = new ClientBinding(this, pool.statements);
    this.#parts = {
      binding,
      starter: new StatementStarter(pool.statements, binding),
      order: new InOrder(),
      underWay: new UnderWay(this, pool.inUse),
    };
  }

  /** Makes the client's next statement bind it to the primary, even if that statement is a plain read. */
  usePrimary(): void {
    this.#parts?.binding.usePrimary();
  }

  /**
   * As usePrimary(), and without the pool's limits on the client's statements: for migrations, which may take
   * hours.
   */
  useUnlimitedPrimary(): void {
    this.#parts?.binding.useUnlimitedPrimary();
  }

  /** 'I', 'T' or 'E', as the server's last answer says; 'I' while the client is free. */
  getTransactionStatus(): TransactionStatus {
    return this.#driverClient?.getTransactionStatus() ?? 'I';
  }

  /** The id of the server's process; null while the client is free. */
  get processID(): number | undefined {
    const processID = this.#driverClient ? clientInternals(this.#driverClient).processID : null;
    // null, as node-postgres has it; undefined, as Kysely declares it.
    return processID as number | undefined;
  }

  /** The key to cancel the statements of that process; null while the client is free. */
  get secretKey(): number | null {
    return this.#driverClient ? clientInternals(this.#driverClient).secretKey : null;
  }

  /** The driver's connection. Throws UnboundClientError when the client is free. */
  get connection(): Connection {
    if (!this.#driverClient) throw new UnboundClientError();
    return this.#driverClient.connection;
  }

  get #driverClient(): PoolClient | undefined {
    return this.#parts?.binding.bound?.connection.client;
  }

  /**
   * Gives the connection back to the pool once the client's statements are answered; rolls back an open
   * transaction and discards the state of the backend session. With `reason` true or an error, closes the
   * connection instead. Throws an Error when the client was released before.
   */
  release(reason?: Error | boolean): void {
    if (this.#isReleased || !this.#parts)
      throw new Error('Release called on client which has already been released to the pool.');
    const { binding, starter, order } = this.#parts;
    this.#isReleased = true;
    binding.ignoreLoss();
    starter.abandon();
    this.#pool.onReleased(this, reason);
    order.give(() => {
      this.#parts = undefined;
      binding.release(reason);
      return undefined;
    });
  }

  /** Closes the connection, as in node-postgres; the client cannot be used any more. */
  end(): Promise<void>;
  end(callback: (error: Error) => void): void;
  end(callback?: (error: Error) => void): Promise<void> | undefined {
    if (!this.#isReleased) {
      this.release(true);
      process.nextTick(() => this.emit('end'));
    }
    if (!callback) return Promise.resolve();
    process.nextTick(callback);
    return undefined;
  }

  protected override runQuery(
    input: QueryConfig | string,
    values: unknown[] | undefined,
  ): Promise<AnyResult> {
    if (this.#isReleased || !this.#parts) return Promise.reject(new ClientReleasedError());
    const { order, starter, underWay } = this.#parts;
    underWay.enter();
    return new Promise<AnyResult>((resolve, reject) => {
      const fail = (error: unknown) => {
        underWay.leave();
        reject(asError(error));
      };
      order.give(() => {
        try {
          const { end, holdsUp } = starter.query(input, values);
          end.then((result) => {
            underWay.leave();
            resolve(result);
          }, fail);
          return holdsUp ? end : undefined;
        } catch (error) {
          fail(error);
          return undefined;
        }
      });
    }).catch((error: unknown) => {
      throw withCallersStack(error);
    });
  }

  /** Throws ClientReleasedError when the client was released. */
  protected override runSubmittable<T extends Submittable>(
    submittable: T,
    callback: QueryCallback | undefined,
  ): T {
    if (this.#isReleased || !this.#parts) throw new ClientReleasedError();
    const { order, starter, underWay } = this.#parts;
    if (callback) adoptCallback(submittable, callback);
    bindToCaller(submittable);
    underWay.enter();
    order.give(() => {
      try {
        const { end, holdsUp } = starter.submit(submittable);
        void end.finally(() => underWay.leave());
        return holdsUp ? end : undefined;
      } catch (error) {
        underWay.leave();
        failSubmittable(submittable, error as Error);
        return undefined;
      }
    });
    return submittable;
  }
}
