import type { Clock, Timer } from '../../clock';
import { PoolEndedError, PoolExhaustedError } from '../../errors';
import type { NodeAnswer, ReadTicket } from '../../engine/node-statement';
import type { LaneRead } from '../lanes/lane-read';
import type { NodeConnection } from './node-connection';

export interface ExclusiveReadsOptions {
  readonly node: string;
  /** Reads that run at once: the size of the node's pool. */
  readonly max: number;
  /** How long a read waits for its turn, counted from when it was asked, in milliseconds. */
  readonly waitMs: number;
  readonly clock: Clock;
  readonly acquire: () => Promise<NodeConnection>;
  readonly ask: (connection: NodeConnection, read: LaneRead) => Promise<NodeAnswer>;
}

/** One read that has a connection to itself, or waits for one. */
class ExclusiveRead implements ReadTicket {
  readonly answer: Promise<NodeAnswer>;
  isSettled = false;
  /** It was cancelled while it ran: its connection goes back by itself. */
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
    // The server need not work on what no caller waits for.
    this.isStopping = true;
    connection.stop(why, () => connection.release());
  }

  /** Whether it was not settled before. */
  #settle(): boolean {
    if (this.isSettled) return false;
    this.isSettled = true;
    this.timer?.cancel();
    this.onSettled(this);
    return true;
  }
}

/**
 * Reads of one node that get a connection to themselves, because they are slow or large, or stood behind one that is. As many run at
 * once as the node's pool has connections; the others wait here in order, each for `waitMs` at most. They do not wait in the pool: a
 * transaction would then stand behind all of them.
 */
export class ExclusiveReads {
  readonly #waiting = new Set<ExclusiveRead>();
  readonly #urgent = new Set<ExclusiveRead>();
  #running = 0;
  #isEnded = false;

  constructor(private readonly options: ExclusiveReadsOptions) {}

  /** Reads that wait for their turn. */
  get waiting(): number {
    return this.#urgent.size + this.#waiting.size;
  }

  /**
   * `answer` rejects with PostgreSQL's error, StalePositionError, ConnectionLostError, ConnectFailedError, PoolExhaustedError when no
   * connection came free in time, or PoolEndedError.
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

  /** The node does not answer: those that wait are let go. */
  abandon(why: Error): void {
    for (const ticket of [...this.#urgent, ...this.#waiting]) ticket.reject(why);
  }

  end(): void {
    this.#isEnded = true;
    this.abandon(new PoolEndedError());
  }

  #expire(ticket: ExclusiveRead): void {
    const { node, max, waitMs } = this.options;
    ticket.reject(new PoolExhaustedError(node, max, waitMs, 'readQueueWaitMs'));
  }

  async #run(ticket: ExclusiveRead): Promise<void> {
    const { acquire, ask } = this.options;
    const { read } = ticket;
    this.#running += 1;
    let connection: NodeConnection | undefined;
    try {
      connection = await acquire();
      // Cancelled meanwhile: nothing was sent.
      if (ticket.isSettled) return;
      ticket.connection = connection;
      const answer = await ask(connection, read);
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
