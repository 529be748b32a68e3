import type { PoolExhaustedError } from '../../errors';
import type { Lane } from './lane/lane';
import type { LaneOptions } from './lane-read';
import type { PendingRead } from './lane/pending-read';

/** A read is moved from lane to lane so often at most: a node that is slow as a whole must not get its load twice over. */
const MAX_MOVES = 2;
/** A text that was answered quickly so often in a row is not called slow for one slow run: a lock, a cold page. */
const QUICK_RUNS = 8;

/** A text that is quick on other occasions may look for a lane so often. */
const MAX_MOVES_OF_QUICK = 4;

/** The lanes of a node, as this needs them. */
export interface RelievedLanes {
  readonly options: Pick<LaneOptions, 'startAlone' | 'acquireTimeoutMs' | 'habits'>;
  readonly lanes: readonly Lane[];
  /** Whether any lane has room for what is moved. */
  hasRoom(nowMs: number): boolean;
  /** Whether there may be one lane more. */
  mayGrow(): boolean;
  grow(): void;
  place(read: PendingRead): void;
  remove(lane: Lane): void;
  onMoved(): void;
  exhausted(): PoolExhaustedError;
}

/** Gets reads away from the slow statement that they stand behind: to another lane, or to a connection of their own. */
export class LaneRelief {
  /** What stalled lanes work on at this moment. */
  readonly #slowTexts = new Set<string>();

  constructor(private readonly lanes: RelievedLanes) {}

  /** Whether a lane would be held up by it, as others are by the same text now. */
  isSlow(read: PendingRead): boolean {
    return this.#slowTexts.size > 0 && this.#slowTexts.has(read.text) && this.#mayGoAlone;
  }

  /** Lanes are looked at again. */
  begin(): void {
    this.#slowTexts.clear();
  }

  /** The lane's oldest statement takes far too long. */
  relieve(lane: Lane, nowMs: number): void {
    this.#learn(lane, nowMs);
    lane.markStalled();
    const { lanes } = this;
    const hasRoom = lanes.hasRoom(nowMs);
    const ageMs = lane.headAgeMs(nowMs);
    if (!hasRoom && lane.inFlight > 1) lanes.grow();
    if (this.#mayGoAlone) {
      // What is not slow itself waits for the lane that is being made: on a connection of its own it would queue with the slow ones.
      const isLate = !lanes.mayGrow() || ageMs > lanes.options.acquireTimeoutMs;
      const mayMove = (read: PendingRead) => hasRoom || isLate || this.isSlow(read);
      for (const read of lane.takeBehind(mayMove)) this.#move(read, hasRoom);
    } else if (hasRoom) {
      for (const read of lane.takeBehind(({ moves }) => moves < MAX_MOVES)) this.#move(read, true);
    } else if (ageMs > lanes.options.acquireTimeoutMs) {
      for (const read of lane.takeBehind(() => true)) read.reject(lanes.exhausted());
    }
    if (lane.isAbandoned) this.#clear(lane);
  }

  /** Gives it a connection of its own; whether there can be one. */
  sendAlone(read: PendingRead): boolean {
    const { startAlone } = this.lanes.options;
    if (startAlone) read.handOver(startAlone, !this.isSlow(read));
    return startAlone !== undefined;
  }

  get #mayGoAlone(): boolean {
    return this.lanes.options.startAlone !== undefined;
  }

  #learn(lane: Lane, nowMs: number): void {
    const { head } = lane;
    if (!head) return;
    if (!this.#isQuick(head.text)) this.#slowTexts.add(head.text);
    // Once for each read: one that a hung node never answers must not make its text a slow one.
    head.isKnownSlow ||= this.lanes.options.habits?.recordRunning(head.text, lane.headAgeMs(nowMs)) ?? false;
  }

  #move(read: PendingRead, hasRoom: boolean): void {
    this.lanes.onMoved();
    // Once more behind a slow one would be once too often.
    const maxMoves = this.#isQuick(read.text) ? MAX_MOVES_OF_QUICK : 1;
    const isAlone = read.moves > maxMoves || this.isSlow(read) || !hasRoom;
    if (!(isAlone && this.sendAlone(read))) this.lanes.place(read);
  }

  /** As far as any lane knows. */
  #isQuick(text: string): boolean {
    return this.lanes.lanes.some((lane) => lane.quickRunsOf(text) >= QUICK_RUNS);
  }

  /** No caller waits for what is on it. */
  #clear(lane: Lane): void {
    if (lane.depth === 1) {
      lane.cancelHead();
      return;
    }
    this.lanes.remove(lane);
    lane.discard();
  }
}
