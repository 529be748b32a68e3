import { ConnectFailedError, PoolEndedError, PoolExhaustedError } from 'db-routing';
import type { NodeFacts } from '../../../libs/db-routing/src/engine/engine';
import type { NodeAddress } from '../../../libs/db-routing/src/engine/node-address';
import type { Abandoned, Checkout } from '../../../libs/db-routing/src/engine/node-connections';
import { type Lender, SimConnection } from './sim-connection';
import { type Client, LEADS_TO_REPLICA } from './client';
import { Wire } from './wire';

export interface ClientPoolOptions {
  readonly client: Client;
  readonly maxConnections: number;
  readonly acquireTimeoutMs: number;
}

interface Waiter {
  readonly isExpendable: boolean;
  give(wire: Wire): void;
  fail(error: Error): void;
}

/** The exclusive connections to one node: at most so many, lent to one borrower at a time. */
export class SimClientPool {
  readonly checkedOut = new Set<SimConnection>();
  readonly #idle: Wire[] = [];
  readonly #waiters = new Set<Waiter>();
  readonly #connecting = new Set<object>();
  /** Those that were made while the node was known as a replica. */
  readonly #ofReplica = new WeakSet<Wire>();
  readonly #unused = new WeakSet<Wire>();
  #open = 0;
  #isEnded = false;

  constructor(
    private readonly node: NodeAddress,
    private readonly facts: NodeFacts,
    private readonly options: ClientPoolOptions,
  ) {}

  get open(): number {
    return this.#open;
  }

  get idle(): number {
    return this.#idle.length;
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  acquire(use: Checkout = {}): Promise<SimConnection> {
    const { seenTimeline } = this.options.client;
    return this.#suitable(use.isExpendable ?? false).then((wire) => this.#lend(wire, use, seenTimeline));
  }

  #lend(wire: Wire, use: Checkout, seenTimeline: number): SimConnection {
    // No login tells an old primary, which its operator has not stopped, from the one that was probed.
    wire.backend.clientSawTimeline = this.#isAstray(wire) ? 0 : seenTimeline;
    const lender: Lender = {
      clock: this.options.client.clock,
      onLost: (error) => this.facts.onFailure(error),
      giveBack: (connection) => {
        this.checkedOut.delete(connection);
        use.onGivenUp?.();
        this.#return(wire);
      },
      discard: (connection) => {
        this.checkedOut.delete(connection);
        this.#closed();
        use.onGivenUp?.();
      },
    };
    const connection = new SimConnection(this.node, wire, use.isExpendable ?? false, lender);
    this.checkedOut.add(connection);
    if (wire.status !== 'I') {
      this.options.client.world.oracle.found(
        'no-dirty-connection',
        `${this.node.name} lent a connection in a transaction`,
      );
    }
    return connection;
  }

  abandon(what: Abandoned, why: Error): void {
    for (const waiter of [...this.#waiters]) {
      if (what !== 'reads' || waiter.isExpendable) {
        waiter.fail(new ConnectFailedError(this.node.name, why.message, { cause: why }));
      }
    }
    if (what === 'waiting') return;
    for (const connection of [...this.checkedOut]) {
      if (what === 'everything' || connection.isExpendable) connection.abandon(why);
    }
    if (what === 'everything') for (const wire of this.#idle.splice(0)) this.#drop(wire, why);
  }

  end(): void {
    this.#isEnded = true;
    for (const wire of this.#idle.splice(0)) this.#drop(wire, new PoolEndedError());
    for (const waiter of [...this.#waiters]) waiter.fail(new PoolEndedError());
  }

  /**
   * As the real pool does, gives no connection to a replica for the primary, and none that was made while the
   * node was a replica.
   */
  #suitable(isExpendable: boolean): Promise<Wire> {
    return new Promise((resolve, reject) => {
      const look = (wire: Wire): void => {
        const isNew = this.#unused.delete(wire);
        if (this.facts.isReplica() || !(this.#ofReplica.has(wire) || wire.isOnStandby)) {
          resolve(wire);
          return;
        }
        const why = new Error(LEADS_TO_REPLICA);
        this.#drop(wire, why);
        if (isNew && wire.isOnStandby) {
          this.facts.onStray();
          reject(new ConnectFailedError(this.node.name, why.message, { cause: why }));
        } else this.#wire(isExpendable).then(look, reject);
      };
      this.#wire(isExpendable).then(look, reject);
    });
  }

  /** Whether the name has led to another server than the one that the monitor has probed by that name. */
  #isAstray({ server }: Wire): boolean {
    return this.options.client.probed.get(this.node.name) !== server;
  }

  #wire(isExpendable: boolean): Promise<Wire> {
    if (this.#isEnded) return Promise.reject(new PoolEndedError());
    const idle = this.#idle.pop();
    if (idle) {
      idle.owner = undefined;
      return Promise.resolve(idle);
    }
    return new Promise((resolve, reject) => {
      const { maxConnections, acquireTimeoutMs, client } = this.options;
      const settle = (go: () => void) => {
        timer.cancel();
        this.#waiters.delete(waiter);
        go();
      };
      const waiter: Waiter = {
        isExpendable,
        give: (wire) => settle(() => resolve(wire)),
        fail: (error) => settle(() => reject(error)),
      };
      const timer = client.clock.after(acquireTimeoutMs, () =>
        waiter.fail(new PoolExhaustedError(this.node.name, maxConnections, acquireTimeoutMs)),
      );
      this.#waiters.add(waiter);
      if (this.#open < maxConnections) this.#connect();
    });
  }

  #connect(): void {
    const { client, acquireTimeoutMs } = this.options;
    const attempt = {};
    const isReplica = this.facts.isReplica();
    this.#open += 1;
    this.#connecting.add(attempt);
    const failed = (error: Error) => {
      if (!this.#connecting.delete(attempt)) return;
      this.#open -= 1;
      this.facts.onFailure(error);
      const [first] = this.#waiters;
      first?.fail(new ConnectFailedError(this.node.name, error.message, { cause: error }));
      this.#serve();
    };
    const timer = client.clock.after(acquireTimeoutMs - 1, () => failed(new Error('timeout expired')));
    Wire.connect(client, this.node.host, (wire, error) => {
      timer.cancel();
      if (!this.#connecting.has(attempt)) {
        wire?.close(new Error('too late'));
      } else if (!wire) failed(error ?? new Error('no connection'));
      else {
        this.#connecting.delete(attempt);
        this.#unused.add(wire);
        if (isReplica) {
          this.#ofReplica.add(wire);
          wire.backend.isReadOnlyByDefault = true;
        }
        this.#return(wire);
      }
    });
  }

  /** Gives the wire to the first that waits, or keeps it. */
  #return(wire: Wire): void {
    if (this.#isEnded || wire.broken) {
      this.#drop(wire, new PoolEndedError());
      return;
    }
    const [first] = this.#waiters;
    if (first) {
      wire.owner = undefined;
      first.give(wire);
      return;
    }
    wire.owner = {
      onQuiet: () => undefined,
      onBroken: (broken) => {
        const index = this.#idle.indexOf(wire);
        if (index < 0) return;
        this.#idle.splice(index, 1);
        this.#closed();
        this.facts.onFailure(broken);
      },
    };
    this.#idle.push(wire);
  }

  #drop(wire: Wire, why: Error): void {
    wire.owner = undefined;
    wire.close(why);
    this.#closed();
  }

  #closed(): void {
    this.#open -= 1;
    this.#serve();
  }

  /** Makes connections for those that wait and have none coming. */
  #serve(): void {
    const { maxConnections } = this.options;
    while (this.#waiters.size > this.#connecting.size && this.#open < maxConnections && !this.#isEnded)
      this.#connect();
  }
}
