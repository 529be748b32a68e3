import { END_DEADLINE_MS } from '../protocol/deadlines';
import { type Timer, withDeadline } from '../../clock';
import { ConnectFailedError, ConnectHookError, PoolEndedError } from '../../errors';
import type { NodeAddress } from '../../engine/node-address';
import { queryTimeoutFor, QueryReadTimeoutError } from '../protocol/query-timeout';
import { LaneChooser } from './lane-choice';
import { LaneLink } from './lane/lane-link';
import { LaneOpener } from './lane-opener';
import type { NodeAnswer, ReadTicket } from '../../engine/node-statement';
import type { LaneCounters, LaneOptions, LaneRead } from './lane-read';
import { Lane, type LaneOwner } from './lane/lane';
import type { LaneParts } from './lane-parts';
import { LaneRelief } from './lane-relief';
import { LaneSet } from './lane-set';
import { LaneSweep } from './lane-sweep';
import { PendingRead } from './lane/pending-read';
import { WaitingReads } from './waiting-reads';

const DEFAULT_MAX_LANES = 4;
const DEFAULT_MAX_DEPTH = 64;
/** How often lanes are looked at while something is in flight. */
const SWEEP_MS = 25;
/**
 * Connecting takes this many round trips (TCP, startup, and two for SCRAM). A distant server is not a slow
 * one.
 */
const HANDSHAKE_ROUND_TRIPS = 4;

/**
 * The lanes to one node: few shared connections that carry many autocommit reads, several at once on each. A
 * read here may run more than once, so nothing but reads may use lanes.
 */
export class NodeLanes {
  readonly counters: LaneCounters = { reads: 0, positionQueries: 0, prepared: 0, moved: 0, opened: 0 };
  readonly #lanes: LaneSet;
  readonly #chooser: LaneChooser<Lane>;
  readonly #opener: LaneOpener;
  readonly #waiting = new WaitingReads();
  readonly #owner: LaneOwner;
  readonly #relief: LaneRelief;
  readonly #sweep: LaneSweep;
  #sweepTimer: Timer | undefined;
  #isEnded = false;

  constructor(
    readonly node: NodeAddress,
    private readonly options: LaneOptions,
  ) {
    const { maxLanes = DEFAULT_MAX_LANES, maxDepth = DEFAULT_MAX_DEPTH } = options;
    const { clock, random, acquireTimeoutMs } = options;
    this.#lanes = new LaneSet(node, { maxLanes, acquireTimeoutMs });
    this.#chooser = new LaneChooser(this.#lanes.all, { maxDepth, random });
    this.#owner = {
      node: node.name,
      prepare: options.prepare ?? true,
      counters: this.counters,
      habits: options.habits,
      clock,
      again: (read) => this.#place(read),
      admit: () => this.#admit(),
      onBroken: (lane, error) => this.#onBroken(lane, error),
    };
    this.#opener = new LaneOpener({
      clock,
      lanes: this.#lanes,
      newLink: () => new LaneLink(options),
      onOpened: (link, handshakeMs) => this.#onOpened(link, handshakeMs),
      onFailed: (error) => this.#onConnectFailed(error),
    });
    const parts: LaneParts = {
      options,
      counters: this.counters,
      lanes: this.#lanes,
      chooser: this.#chooser,
      opener: this.#opener,
      waiting: this.#waiting,
      owner: this.#owner,
    };
    this.#relief = new LaneRelief(parts);
    this.#sweep = new LaneSweep(parts, this.#relief);
  }

  /** Number of reads in flight or waiting for a lane. */
  get inFlight(): number {
    return this.#lanes.inFlight + this.#waiting.size;
  }

  /** Number of lanes without a read. */
  get idle(): number {
    return this.#lanes.idle;
  }

  /** Number of reads that wait for a lane. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Number of lanes, including one that is being opened. */
  get size(): number {
    return this.#lanes.all.length + (this.#opener.isConnecting ? 1 : 0);
  }

  /** Whether every lane waits for a slow statement, so that reads that can wait elsewhere should. */
  get isStalled(): boolean {
    return this.#lanes.isStalled;
  }

  /**
   * Runs a read. Rejects with PostgreSQL's error; ConnectionLostError when its lane breaks;
   * ConnectFailedError when no lane could connect; PoolExhaustedError when all lanes stay full for
   * `acquireTimeoutMs`; StalePositionError when the server has not proven `atLeast`; or PoolEndedError after
   * end().
   */
  async read(read: LaneRead): Promise<NodeAnswer> {
    return this.start(read).answer;
  }

  /**
   * Starts a read that the caller may cancel. Throws before anything is sent when the statement is invalid.
   */
  start(read: LaneRead): ReadTicket {
    const pending = new PendingRead(read);
    this.#place(pending);
    const timeoutMs = queryTimeoutFor(read.input, this.options.queryTimeoutMs);
    if (timeoutMs !== undefined) this.#limit(pending, timeoutMs);
    return pending;
  }

  /** Rejects all reads in flight or waiting, because the node does not answer. Later reads connect again. */
  abandon(why: Error): void {
    for (const lane of this.#lanes.removeAll()) lane.destroy(why);
    this.#opener.stop();
    this.#failWaiting(why);
  }

  /**
   * Closes all lanes, after waiting up to two seconds for reads in flight. Later reads reject with
   * PoolEndedError.
   */
  async end(): Promise<void> {
    this.#isEnded = true;
    this.#opener.end();
    this.#waiting.rejectAll(() => new PoolEndedError());
    const lanes = this.#lanes.removeAll();
    const ended = Promise.all(lanes.map((lane) => lane.end())).then(() => undefined);
    await withDeadline(this.options.clock, END_DEADLINE_MS, ended, () => undefined);
    for (const lane of lanes) lane.destroy(new Error('the lanes were told to end'));
    this.#sweepTimer?.cancel();
    this.#sweep.end();
  }

  #place(read: PendingRead): void {
    if (this.#isEnded) read.reject(new PoolEndedError());
    if (read.isSettled) return;
    const nowMs = this.options.clock.now();
    if (read.moves === 0) read.startedAtMs = nowMs;
    // Nearly always no text is slow.
    if (this.#relief.slowTexts.size > 0 && this.#relief.isSlow(read)) {
      this.#relief.sendAlone(read);
      return;
    }
    // First come, first served.
    const { lane, wantsMore } = this.#waiting.size > 0 ? NOTHING_FREE : this.#chooser.choose(nowMs);
    if (wantsMore) this.#opener.open();
    if (lane) this.#sendOn(lane, read);
    else this.#waiting.push(read, nowMs);
    this.#sweepSoon();
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

  /** Sends waiting reads, in order, while lanes have room. */
  #admit(): void {
    this.#waiting.admit((read) => {
      const nowMs = this.options.clock.now();
      const { lane } = this.#chooser.choose(nowMs);
      if (lane) this.#sendOn(lane, read);
      else this.#opener.open();
      return lane !== undefined;
    });
  }

  #onOpened(link: LaneLink, handshakeMs: number): void {
    this.counters.opened += 1;
    this.#lanes.all.push(new Lane(link, this.#owner, handshakeMs / HANDSHAKE_ROUND_TRIPS));
    this.#admit();
    this.#sweepSoon();
  }

  #onConnectFailed(error: Error): void {
    // While there are other lanes, reads go on waiting for those.
    if (this.#lanes.all.length === 0) this.#failWaiting(error);
    // An error of the application's hook says nothing about the node.
    if (!(error instanceof ConnectHookError)) this.options.onFailure(this.node, error);
  }

  #onBroken(lane: Lane, error: Error): void {
    this.#lanes.remove(lane);
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

  /** One timer serves all reads in flight, and stops when there are none. */
  #sweepSoon(): void {
    const { clock } = this.options;
    this.#sweepTimer ??= clock.after(
      SWEEP_MS,
      // Wait until the sockets have been read: after a blocked event loop, an answer that has already arrived
      // must not count as late.
      () => clock.afterArrivals(() => this.#runSweep()),
      { keepAlive: false },
    );
  }

  #runSweep(): void {
    this.#sweepTimer = undefined;
    if (this.#sweep.look()) this.#sweepSoon();
  }
}

const NOTHING_FREE = { lane: undefined, wantsMore: true } as const;
