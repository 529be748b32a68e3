import { type Timer, withDeadline } from '../../clock';
import { ConnectFailedError, ConnectHookError, PoolEndedError, PoolExhaustedError } from '../../errors';
import type { NodeAddress } from '../../engine/node-address';
import { queryTimeoutFor, QueryReadTimeoutError } from '../protocol/query-timeout';
import { chooseLane } from './lane-choice';
import { LaneLink } from './lane/lane-link';
import { LaneOpener } from './lane-opener';
import type { NodeAnswer, ReadTicket } from '../../engine/node-statement';
import type { LaneCounters, LaneOptions, LaneRead } from './lane-read';
import { Lane, type LaneOwner } from './lane/lane';
import { LaneRelief } from './lane-relief';
import { PendingRead } from './lane/pending-read';
import { WaitingReads } from './waiting-reads';

const DEFAULT_MAX_LANES = 4;
const DEFAULT_MAX_DEPTH = 64;
const DEFAULT_IDLE_TIMEOUT_MS = 10_000;
/** The server's statement_timeout speaks first, where there is a server that can speak. */
const ANSWER_GRACE_MS = 500;
/** How often lanes are looked at while something is in flight. */
const SWEEP_MS = 25;
/** A lane stalls when its oldest statement takes so many times as long as usual, but never before STALL_MS. */
const STALL_FACTOR = 4;
const STALL_MS = 50;
/** What is far away is not slow: connecting goes there and back so often (TCP, startup, and two for SCRAM). */
const HANDSHAKE_ROUND_TRIPS = 4;
/** How long lanes that end wait for what is in flight. */
const END_DEADLINE_MS = 2000;

/**
 * The shared connections to one node, for autocommit reads: many on few connections, several on the wire at once. Reads may run
 * more than once, so nothing else belongs here.
 */
export class NodeLanes {
  readonly counters: LaneCounters = { reads: 0, positionQueries: 0, prepared: 0, moved: 0, opened: 0 };
  readonly #lanes: Lane[] = [];
  readonly #opener: LaneOpener;
  readonly #waiting = new WaitingReads();
  readonly #owner: LaneOwner;
  readonly #relief: LaneRelief;
  readonly #maxLanes: number;
  readonly #maxDepth: number;
  readonly #idleTimeoutMs: number;
  #sweep: Timer | undefined;
  #retire: Timer | undefined;
  #isEnded = false;

  constructor(
    readonly node: NodeAddress,
    private readonly options: LaneOptions,
  ) {
    this.#maxLanes = options.maxLanes ?? DEFAULT_MAX_LANES;
    this.#maxDepth = options.maxDepth ?? DEFAULT_MAX_DEPTH;
    this.#idleTimeoutMs = options.idleTimeoutMs ?? DEFAULT_IDLE_TIMEOUT_MS;
    const { clock } = options;
    this.#owner = {
      node: node.name,
      prepare: options.prepare ?? true,
      counters: this.counters,
      habits: options.habits,
      clock,
      again: (read) => this.#place(read),
      onAnswers: () => this.#admit(),
      onBroken: (lane, error) => this.#onBroken(lane, error),
    };
    this.#relief = new LaneRelief({
      options,
      lanes: this.#lanes,
      hasRoom: (nowMs) => this.#choose(nowMs).lane !== undefined,
      mayGrow: () => this.#mayGrow,
      grow: () => this.#grow(),
      place: (read) => this.#place(read),
      remove: (lane) => this.#remove(lane),
      onMoved: () => (this.counters.moved += 1),
      exhausted: () => this.#exhausted(),
    });
    this.#opener = new LaneOpener({
      clock,
      newLink: () => new LaneLink(options),
      onOpened: (link, handshakeMs) => this.#onOpened(link, handshakeMs),
      onFailed: (error) => this.#onConnectFailed(error),
    });
  }

  /** Reads in flight, and those that wait for a lane. */
  get inFlight(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.inFlight, this.#waiting.size);
  }

  /** Connections without a read. */
  get idle(): number {
    return this.#lanes.filter((lane) => lane.isIdle).length;
  }

  /** Reads that wait for a connection. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Connections, those that are being made included. */
  get size(): number {
    return this.#lanes.length + (this.#opener.isConnecting ? 1 : 0);
  }

  /** Every lane waits for a slow statement: what can wait elsewhere should. */
  get isStalled(): boolean {
    return this.#lanes.length > 0 && this.#lanes.every((lane) => lane.isStalled);
  }

  /**
   * Rejects with PostgreSQL's error, ConnectionLostError, ConnectFailedError, PoolExhaustedError when all lanes stay full for
   * `acquireTimeoutMs`, StalePositionError when the server has not proven `atLeast`, or PoolEndedError.
   */
  async read(read: LaneRead): Promise<NodeAnswer> {
    return this.start(read).answer;
  }

  /** As `read`, for those who may lose interest. Throws what is wrong with the statement before anything is sent. */
  start(read: LaneRead): ReadTicket {
    const pending = new PendingRead(read);
    this.#place(pending);
    const timeoutMs = queryTimeoutFor(read.input, this.options.queryTimeoutMs);
    if (timeoutMs !== undefined) this.#limit(pending, timeoutMs);
    return pending;
  }

  /** The node does not answer: all that is in flight or waits is let go. Later reads connect anew. */
  abandon(why: Error): void {
    for (const lane of this.#lanes.splice(0)) lane.destroy(why);
    this.#opener.stop();
    this.#failWaiting(why);
  }

  /** Lets what is in flight end, for two seconds at most, and closes. Later reads reject with PoolEndedError. */
  async end(): Promise<void> {
    this.#isEnded = true;
    this.#opener.stop();
    this.#waiting.rejectAll(() => new PoolEndedError());
    const lanes = this.#lanes.splice(0);
    const ended = Promise.all(lanes.map((lane) => lane.end())).then(() => undefined);
    await withDeadline(this.options.clock, END_DEADLINE_MS, ended, () => undefined);
    for (const lane of lanes) lane.destroy(new Error('the lanes were told to end'));
    this.#sweep?.cancel();
    this.#retire?.cancel();
  }

  #place(read: PendingRead): void {
    if (this.#isEnded) read.reject(new PoolEndedError());
    if (read.isSettled) return;
    const nowMs = this.options.clock.now();
    if (read.moves === 0) read.startedAtMs = nowMs;
    if (this.#relief.isSlow(read)) {
      this.#relief.sendAlone(read);
      return;
    }
    // First come, first served.
    const { lane, wantsMore } = this.#waiting.size > 0 ? NOTHING_FREE : this.#choose(nowMs);
    if (wantsMore) this.#grow();
    if (lane) this.#sendOn(lane, read);
    else this.#waiting.push(read, nowMs);
    this.#watch();
  }

  /** The driver's `query_timeout`. */
  #limit(read: PendingRead, timeoutMs: number): void {
    const timer = this.options.clock.after(timeoutMs, () => read.cancel(new QueryReadTimeoutError()));
    const clear = () => timer.cancel();
    read.answer.then(clear, clear);
  }

  #sendOn(lane: Lane, read: PendingRead): void {
    try {
      lane.send(read);
    } catch (error) {
      read.reject(error as Error);
    }
  }

  /** Gives the room that has come up to those who wait for it. */
  #admit(): void {
    this.#waiting.admit((read) => {
      const nowMs = this.options.clock.now();
      const { lane } = this.#choose(nowMs);
      if (lane) this.#sendOn(lane, read);
      else this.#grow();
      return lane !== undefined;
    });
  }

  #choose(nowMs: number) {
    return chooseLane(this.#lanes, { maxDepth: this.#maxDepth, nowMs, random: this.options.random });
  }

  #grow(): void {
    if (this.#mayGrow) this.#opener.open(this.#lanes.length === 0);
  }

  get #mayGrow(): boolean {
    if (this.#isEnded || this.#lanes.length >= 2 * this.#maxLanes) return false;
    return this.#lanes.filter((lane) => !lane.isStalled).length < this.#maxLanes;
  }

  #onOpened(link: LaneLink, handshakeMs: number): void {
    this.counters.opened += 1;
    this.#lanes.push(new Lane(link, this.#owner, handshakeMs / HANDSHAKE_ROUND_TRIPS));
    this.#admit();
    this.#watch();
  }

  #onConnectFailed(error: Error): void {
    // Those who wait have others to wait for, if there are any.
    if (this.#lanes.length === 0) this.#failWaiting(error);
    // The application's own doing says nothing about the node.
    if (!(error instanceof ConnectHookError)) this.options.onFailure(this.node, error);
  }

  #onBroken(lane: Lane, error: Error): void {
    this.#remove(lane);
    this.options.onFailure(this.node, error);
    this.#admit();
  }

  #failWaiting(cause: Error): void {
    this.#waiting.rejectAll(() =>
      cause instanceof ConnectHookError
        ? cause
        : new ConnectFailedError(this.node.name, cause.message, { cause }),
    );
  }

  #remove(lane: Lane): void {
    const at = this.#lanes.indexOf(lane);
    if (at >= 0) this.#lanes.splice(at, 1);
  }

  /** One timer looks after all that is in flight; it ends by itself when there is nothing. */
  #watch(): void {
    this.#sweep ??= this.options.clock.after(
      SWEEP_MS,
      // After the sockets have been read: an event loop that was blocked must not take answers for late that are here.
      () => this.options.clock.afterArrivals(() => this.#look()),
      { keepAlive: false },
    );
  }

  #look(): void {
    this.#sweep = undefined;
    const nowMs = this.options.clock.now();
    this.#relief.begin();
    for (const lane of [...this.#lanes]) this.#lookAt(lane, nowMs);
    this.#admit();
    this.#expire(nowMs);
    this.#closeIdle(nowMs);
    if (this.#waiting.size > 0 || this.#lanes.some((lane) => !lane.isIdle)) this.#watch();
    else this.#retireLater();
  }

  #lookAt(lane: Lane, nowMs: number): void {
    if (lane.isIdle) return;
    const ageMs = lane.headAgeMs(nowMs);
    const deadlineMs = this.options.statementTimeoutMs + ANSWER_GRACE_MS;
    if (lane.silentForMs(nowMs) > deadlineMs) void lane.doubt(new Error(`no answer within ${deadlineMs} ms`));
    // A lane that is made only when it is missed comes late.
    if (ageMs > STALL_MS / 2 && lane.inFlight > 1 && !this.#choose(nowMs).lane?.isIdle) this.#grow();
    if (!lane.isStalled && ageMs - lane.roundTripMs <= Math.max(STALL_MS, STALL_FACTOR * lane.usualMs))
      return;
    this.#relief.relieve(lane, nowMs);
  }

  /** What finds no room on any lane gets a connection of its own, or is refused when it has waited in vain. */
  #expire(nowMs: number): void {
    const { acquireTimeoutMs, startAlone } = this.options;
    // No connection that is made comes any sooner than a lane that is being made.
    const limitMs = startAlone && !this.#mayGrow ? STALL_MS : acquireTimeoutMs;
    this.#waiting.expire(nowMs - limitMs, (read) => {
      const isLate = nowMs - read.waitingSinceMs >= acquireTimeoutMs;
      if (isLate || !this.#relief.sendAlone(read)) read.reject(this.#exhausted());
    });
  }

  #exhausted(): PoolExhaustedError {
    return new PoolExhaustedError(this.node.name, this.#maxLanes, this.options.acquireTimeoutMs);
  }

  #closeIdle(nowMs: number): void {
    for (const lane of this.#lanes.slice(1)) {
      if (lane.idleForMs(nowMs) < this.#idleTimeoutMs) continue;
      this.#remove(lane);
      void lane.end();
    }
  }

  /** The first lane stays: the next read after a pause must not wait for a connection. */
  #retireLater(): void {
    if (this.#isEnded || this.#lanes.length < 2) return;
    this.#retire ??= this.options.clock.after(
      this.#idleTimeoutMs,
      () => {
        this.#retire = undefined;
        this.#closeIdle(this.options.clock.now());
        this.#retireLater();
      },
      { keepAlive: false },
    );
  }
}

const NOTHING_FREE = { lane: undefined, wantsMore: true } as const;
