import type { Timer } from '../../clock';
import { ConnectFailedError, PoolEndedError, PoolExhaustedError } from '../../errors';
import type { NodeAddress } from '../../topology/connection-url';
import { chooseLane } from './lane-choice';
import { LaneLink } from './lane-link';
import type { LaneAnswer, LaneCounters, LaneOptions, LaneRead, LaneTicket } from './lane-read';
import { Lane, type LaneOwner } from './lane';
import { PendingRead } from './pending-read';

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
/** A read is moved so often at most: a node that is slow as a whole must not get its load twice over. */
const MAX_MOVES = 2;
/** After a lane beside others could not be made. */
const GROW_PAUSE_MS = 1000;
/** How long lanes that end wait for what is in flight. */
const END_DEADLINE_MS = 2000;

/**
 * The shared connections to one node, for autocommit reads: many on few connections, several on the wire at once. Reads may run
 * more than once, so nothing else belongs here.
 */
export class NodeLanes {
  readonly counters: LaneCounters = { reads: 0, positionQueries: 0, prepared: 0, moved: 0, opened: 0 };
  readonly #lanes: Lane[] = [];
  readonly #connecting = new Set<LaneLink>();
  /** In order of their deadlines, as all wait for the same time. */
  #waiting: PendingRead[] = [];
  readonly #owner: LaneOwner;
  readonly #maxLanes: number;
  readonly #maxDepth: number;
  readonly #idleTimeoutMs: number;
  #sweep: Timer | undefined;
  #retire: Timer | undefined;
  #growAgainAtMs = Number.NEGATIVE_INFINITY;
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
      now: () => clock.now(),
      again: (read) => this.#place(read),
      onAnswers: () => this.#admit(),
      onBroken: (lane, error) => {
        this.#remove(lane);
        options.onFailure(node, error);
        this.#admit();
      },
    };
  }

  /** Reads in flight, and those that wait for a lane. */
  get inFlight(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.inFlight, this.#waiting.length);
  }

  /** Connections, those that are being made included. */
  get size(): number {
    return this.#lanes.length + this.#connecting.size;
  }

  /** Every lane waits for a slow statement: what can wait elsewhere should. */
  get isStalled(): boolean {
    return this.#lanes.length > 0 && this.#lanes.every((lane) => lane.isStalled);
  }

  /**
   * Rejects with PostgreSQL's error, ConnectionLostError, ConnectFailedError, PoolExhaustedError when all lanes stay full for
   * `acquireTimeoutMs`, StalePositionError when the server has not proven `atLeast`, or PoolEndedError.
   */
  async read(read: LaneRead): Promise<LaneAnswer> {
    return this.start(read).answer;
  }

  /** As `read`, for those who may lose interest. Throws what is wrong with the statement before anything is sent. */
  start(read: LaneRead): LaneTicket {
    const pending = new PendingRead(read);
    this.#place(pending);
    if (pending.timeoutMs !== undefined) this.#limit(pending, pending.timeoutMs);
    return pending;
  }

  /** The node does not answer: all that is in flight or waits is let go. Later reads connect anew. */
  abandon(why: Error): void {
    for (const lane of this.#lanes.splice(0)) lane.destroy(why);
    this.#stopConnecting();
    this.#failWaiting(why);
  }

  /** Lets what is in flight end, for two seconds at most, and closes. Later reads reject with PoolEndedError. */
  async end(): Promise<void> {
    this.#isEnded = true;
    this.#stopConnecting();
    for (const read of this.#waiting.splice(0)) read.reject(new PoolEndedError());
    const lanes = this.#lanes.splice(0);
    let expire: () => void = () => undefined;
    const deadline = new Promise<void>((resolve) => (expire = resolve));
    const timer = this.options.clock.after(END_DEADLINE_MS, () => expire());
    await Promise.race([Promise.all(lanes.map((lane) => lane.end())), deadline]);
    timer.cancel();
    for (const lane of lanes) lane.destroy(new Error('the lanes were told to end'));
    this.#sweep?.cancel();
    this.#retire?.cancel();
  }

  #place(read: PendingRead): void {
    if (this.#isEnded) read.reject(new PoolEndedError());
    if (read.isSettled) return;
    const nowMs = this.options.clock.now();
    // First come, first served.
    const { lane, wantsMore } =
      this.#waiting.length > 0 ? NOTHING_FREE : chooseLane(this.#lanes, this.#choice(nowMs));
    if (wantsMore) this.#grow(nowMs);
    if (lane) {
      this.#sendOn(lane, read);
    } else {
      read.waitUntilMs = nowMs + this.options.acquireTimeoutMs;
      this.#waiting.push(read);
    }
    this.#watch();
  }

  /** The driver's `query_timeout`. */
  #limit(read: PendingRead, timeoutMs: number): void {
    const timer = this.options.clock.after(timeoutMs, () => read.cancel(new Error('Query read timeout')));
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
    while (this.#waiting.length > 0) {
      const [read] = this.#waiting as [PendingRead];
      if (!read.isSettled) {
        const nowMs = this.options.clock.now();
        const { lane } = chooseLane(this.#lanes, this.#choice(nowMs));
        if (!lane) {
          this.#grow(nowMs);
          return;
        }
        this.#sendOn(lane, read);
      }
      this.#waiting.shift();
    }
  }

  #choice(nowMs: number) {
    return { maxDepth: this.#maxDepth, nowMs, random: Math.random };
  }

  #grow(nowMs: number): void {
    if (this.#connecting.size > 0 || this.#isEnded) return;
    const stalled = this.#lanes.filter((lane) => lane.isStalled).length;
    const inService = this.#lanes.length - stalled;
    if (inService >= this.#maxLanes || this.#lanes.length >= 2 * this.#maxLanes) return;
    if (this.#lanes.length > 0 && nowMs < this.#growAgainAtMs) return;
    const link = new LaneLink(this.node, this.options);
    this.#connecting.add(link);
    link.connect().then(
      () => this.#open(link),
      (error: unknown) => this.#onConnectFailed(link, error as Error),
    );
  }

  #open(link: LaneLink): void {
    if (!this.#connecting.delete(link)) return;
    this.counters.opened += 1;
    const lane = new Lane(link, this.#owner);
    this.#lanes.push(lane);
    this.#admit();
    this.#watch();
  }

  #onConnectFailed(link: LaneLink, error: Error): void {
    if (!this.#connecting.delete(link)) return;
    this.#growAgainAtMs = this.options.clock.now() + GROW_PAUSE_MS;
    // Those who wait have others to wait for, if there are any.
    if (this.#lanes.length === 0) this.#failWaiting(error);
    this.options.onFailure(this.node, error);
  }

  #stopConnecting(): void {
    const links = [...this.#connecting];
    this.#connecting.clear();
    for (const link of links) link.destroy();
  }

  #failWaiting(cause: Error): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const read of waiting) read.reject(new ConnectFailedError(this.node.name, cause.message, { cause }));
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
      () => void setImmediate(() => this.#look()),
      { keepAlive: false },
    );
  }

  #look(): void {
    this.#sweep = undefined;
    const nowMs = this.options.clock.now();
    for (const lane of [...this.#lanes]) this.#lookAt(lane, nowMs);
    this.#admit();
    this.#expireWaiting(nowMs);
    this.#closeIdle(nowMs);
    if (this.#waiting.length > 0 || this.#lanes.some((lane) => !lane.isIdle)) this.#watch();
    else this.#retireLater();
  }

  #lookAt(lane: Lane, nowMs: number): void {
    if (lane.isIdle) return;
    const ageMs = lane.headAgeMs(nowMs);
    const deadlineMs = this.options.statementTimeoutMs + ANSWER_GRACE_MS;
    if (ageMs > deadlineMs) {
      lane.break(new Error(`no answer within ${deadlineMs} ms`));
      return;
    }
    if (!lane.isStalled && ageMs <= Math.max(STALL_MS, STALL_FACTOR * lane.usualMs)) return;
    if (lane.headText !== undefined) this.options.habits?.record(lane.headText, ageMs, 0);
    this.#relieve(lane, nowMs);
    if (lane.isAbandoned) lane.cancelHead();
  }

  /** Moves what stands behind a slow statement to lanes that have room, if there are any. */
  #relieve(lane: Lane, nowMs: number): void {
    lane.markStalled();
    const { lane: other } = chooseLane(this.#lanes, this.#choice(nowMs));
    if (!other) {
      if (lane.inFlight > 1) this.#grow(nowMs);
      if (lane.headAgeMs(nowMs) > this.options.acquireTimeoutMs) {
        for (const read of lane.takeBehind(Infinity)) read.reject(this.#exhausted());
      }
      return;
    }
    for (const read of lane.takeBehind(MAX_MOVES)) {
      this.counters.moved += 1;
      this.#place(read);
    }
  }

  #expireWaiting(nowMs: number): void {
    while (this.#waiting.length > 0) {
      const [read] = this.#waiting as [PendingRead];
      if (!read.isSettled && read.waitUntilMs > nowMs) return;
      this.#waiting.shift();
      read.reject(this.#exhausted());
    }
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
