import type { Lane } from './lane/lane';
import type { LaneParts } from './lane-parts';
import type { PendingRead } from './lane/pending-read';

/**
 * A read moves between lanes at most this many times: a node that is slow as a whole must not receive its
 * load twice.
 */
const MAX_MOVES = 2;
/**
 * A text with this many consecutive quick answers does not count as slow after one slow run, which may come
 * from a lock or a cold page.
 */
const QUICK_RUNS = 8;

/** A usually quick text may move between lanes this many times. */
const MAX_MOVES_OF_QUICK = 4;

/**
 * Moves reads away from the slow statement that they wait behind: to another lane, or to an exclusive
 * connection.
 */
export class LaneRelief {
  /** Texts that stalled lanes are working on at the moment. */
  readonly slowTexts = new Set<string>();

  constructor(private readonly parts: LaneParts) {}

  /** Whether the read's text currently stalls other lanes, so that it would stall one more. */
  isSlow(read: PendingRead): boolean {
    return this.slowTexts.has(read.text) && this.#mayGoAlone;
  }

  /** Begins a new look at all lanes. */
  begin(): void {
    this.slowTexts.clear();
  }

  /**
   * Stops sending reads to a lane whose oldest statement takes far too long, and moves the reads behind it.
   */
  relieve(lane: Lane, nowMs: number): void {
    this.#learn(lane, nowMs);
    lane.markStalled();
    const { options, lanes, chooser, opener } = this.parts;
    const hasRoom = chooser.hasRoom(nowMs);
    const ageMs = lane.headAgeMs(nowMs);
    if (!hasRoom && lane.inFlight > 1) opener.open();
    if (this.#mayGoAlone) {
      // A read that is not slow itself waits for the lane that is being opened: for an exclusive connection
      // it would queue with the slow reads.
      const isLate = !opener.mayOpen || ageMs > options.acquireTimeoutMs;
      const mayMove = (read: PendingRead) => hasRoom || isLate || this.isSlow(read);
      for (const read of lane.takeBehind(mayMove)) this.#move(read, hasRoom);
    } else if (hasRoom) {
      for (const read of lane.takeBehind(({ moves }) => moves < MAX_MOVES)) this.#move(read, true);
    } else if (ageMs > options.acquireTimeoutMs) {
      for (const read of lane.takeBehind(() => true)) read.reject(lanes.exhausted());
    }
    if (lane.isAbandoned) this.#clear(lane);
  }

  /** Runs the read on an exclusive connection. Returns false when reads cannot have one. */
  sendAlone(read: PendingRead): boolean {
    const { startAlone } = this.parts.options;
    if (startAlone) read.handOver(startAlone, !this.isSlow(read));
    return startAlone !== undefined;
  }

  get #mayGoAlone(): boolean {
    return this.parts.options.startAlone !== undefined;
  }

  #learn(lane: Lane, nowMs: number): void {
    const { head } = lane;
    if (!head) return;
    if (!this.#isQuick(head.text)) this.slowTexts.add(head.text);
    // At most once per read: a read that a hung node never answers must not make its text a slow one.
    head.isKnownSlow ||= this.parts.options.habits?.recordRunning(head.text, lane.headAgeMs(nowMs)) ?? false;
  }

  #move(read: PendingRead, hasRoom: boolean): void {
    this.parts.counters.moved += 1;
    // A read that has already moved must not wait behind another slow statement.
    const maxMoves = this.#isQuick(read.text) ? MAX_MOVES_OF_QUICK : 1;
    const isAlone = read.moves > maxMoves || this.isSlow(read) || !hasRoom;
    if (!(isAlone && this.sendAlone(read))) this.parts.owner.again(read);
  }

  /** Whether the text is usually quick, on any of the lanes. */
  #isQuick(text: string): boolean {
    return this.parts.lanes.all.some((lane) => lane.quickRunsOf(text) >= QUICK_RUNS);
  }

  /** Ends the work on a lane whose callers are all gone. */
  #clear(lane: Lane): void {
    if (lane.depth === 1) {
      lane.cancelHead();
      return;
    }
    this.parts.lanes.remove(lane);
    lane.discard();
  }
}
