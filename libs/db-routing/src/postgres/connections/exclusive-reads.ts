import type { Clock, Timer } from '../../clock';
import { PoolEndedError, PoolExhaustedError } from '../../errors';
import type { NodeAddress } from '../../engine/node-address';
import type { Checkout } from '../../engine/node-connections';
import type { NodeAnswer, ReadTicket } from '../../engine/node-statement';
import type { LaneRead } from '../lanes/lane-read';
import type { NodeConnection } from './node-connection';
import type { PooledStatement } from './ask-in-block';

/** The pool whose connections the reads use. */
export interface ReadingPool {
  readonly node: NodeAddress;
  acquire(use: Checkout): Promise<NodeConnection>;
  ask(connection: NodeConnection, statement: PooledStatement): Promise<NodeAnswer>;
}

export interface ExclusiveReadsOptions {
  /** Reads that run at once: the size of the node's pool. */
  readonly max: number;
  /** How long a read waits for its turn, counted from its first call, in milliseconds. */
  readonly waitMs: number;
  readonly clock: Clock;
}

/** One read that has an exclusive connection, or waits for one. */
class ExclusiveRead implements ReadTicket {
  readonly answer: Promise<NodeAnswer>;
  isSettled = false;
  /** The read was cancelled while it ran: cancel() releases its connection. */
  isStopping = false;
  timer: Timer | undefined;
  connection: NodeConnection | undefined;
  #resolve: (answer: NodeAnswer) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  constructor(
    readonly read: LaneRead,
    private readonly onSettled: (ticket: ExclusiveRead) => void,
  ) {
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  resolve(answer: NodeAnswer): void {
    if (this.#settle()) this.#resolve(answer);
  }

  reject(error: Error): void {
    if (this.#settle()) this.#reject(error);
  }

  cancel(why: Error): void {
    if (this.isSettled) return;
    this.reject(why);
    const { connection } = this;
    if (!connection) return;
    // No caller waits for the answer: the server need not work on it.
    this.isStopping = true;
    connection.stop(why, () => connection.release());
  }

  /** Returns whether the read was not settled before. */
  #settle(): boolean {
    if (this.isSettled) return false;
    this.isSettled = true;
    this.timer?.cancel();
    this.onSettled(this);
    return true;
  }
}

/**
 * Runs reads of one node on exclusive connections, because they are slow or large, or waited behind a read
 * that is. As many run at once as the node's pool has connections; the others wait here in order, each for at
 * most `waitMs`. They do not wait in the pool, where a transaction would have to wait behind all of them.
 */
export class ExclusiveReads {
  readonly #waiting = new Set<ExclusiveRead>();
  readonly #urgent = new Set<ExclusiveRead>();
  #running = 0;
  #isEnded = false;

  constructor(
    private readonly pool: ReadingPool,
    private readonly options: ExclusiveReadsOptions,
  ) {}

  /** Reads that wait for their turn. */
  get waiting(): number {
    return this.#urgent.size + this.#waiting.size;
  }

  /**
   * Starts a read. Its `answer` rejects with what NodePool.acquire and NodePool.ask throw, with
   * PoolExhaustedError also when the read's turn does not come in time, and with PoolEndedError when the pool
   * ends.
   */
  start(read: LaneRead): ReadTicket {
    const { max, waitMs, clock } = this.options;
    const queue = read.isUrgent === true ? this.#urgent : this.#waiting;
    const ticket = new ExclusiveRead(read, () => queue.delete(ticket));
    if (this.#isEnded) ticket.reject(new PoolEndedError());
    else if (this.#running < max) void this.#run(ticket);
    else {
      const waitedMs = read.sinceMs === undefined ? 0 : clock.now() - read.sinceMs;
      queue.add(ticket);
      ticket.timer = clock.after(Math.max(0, waitMs - waitedMs), () => this.#expire(ticket));
    }
    return ticket;
  }

  /** Rejects the reads that wait, with `why`. */
  abandon(why: Error): void {
    for (const ticket of [...this.#urgent, ...this.#waiting]) ticket.reject(why);
  }

  end(): void {
    this.#isEnded = true;
    this.abandon(new PoolEndedError());
  }

  #expire(ticket: ExclusiveRead): void {
    const { max, waitMs } = this.options;
    ticket.reject(new PoolExhaustedError(this.pool.node.name, max, waitMs, 'readQueueWaitMs'));
  }

  async #run(ticket: ExclusiveRead): Promise<void> {
    const { pool } = this;
    const { read } = ticket;
    this.#running += 1;
    let connection: NodeConnection | undefined;
    try {
      connection = await pool.acquire({ isSingle: true, isExpendable: true });
      // The read was cancelled meanwhile: nothing was sent.
      if (ticket.isSettled) return;
      ticket.connection = connection;
      const answer = await pool.ask(connection, {
        ...read,
        isWrite: false,
        isReadOnly: true,
        kind: undefined,
      });
      ticket.resolve({ ...answer, isDelayed: true });
    } catch (error) {
      ticket.reject(error as Error);
    } finally {
      if (!ticket.isStopping) connection?.release();
      this.#running -= 1;
      this.#next();
    }
  }

  #next(): void {
    const queue = this.#urgent.size > 0 ? this.#urgent : this.#waiting;
    const [ticket] = queue;
    if (!ticket) return;
    queue.delete(ticket);
    ticket.timer?.cancel();
    void this.#run(ticket);
  }
}
