import type { Clock } from '../../clock';
import type { LaneLink } from './lane/lane-link';
import type { LaneSet } from './lane-set';

/** Pause after a failed attempt to open a further lane. */
const PAUSE_MS = 1000;

export interface LaneOpenerOptions {
  readonly clock: Clock;
  readonly lanes: LaneSet;
  readonly newLink: () => LaneLink;
  /** `handshakeMs`: how long connecting took. */
  readonly onOpened: (link: LaneLink, handshakeMs: number) => void;
  readonly onFailed: (error: Error) => void;
}

/** Connects new lanes within the limit, one at a time. */
export class LaneOpener {
  #connecting: LaneLink | undefined;
  #againAtMs = Number.NEGATIVE_INFINITY;
  #isEnded = false;

  constructor(private readonly options: LaneOpenerOptions) {}

  get isConnecting(): boolean {
    return this.#connecting !== undefined;
  }

  /** Whether one lane more may be opened. */
  get mayOpen(): boolean {
    return !this.#isEnded && this.options.lanes.mayGrow;
  }

  /**
   * Opens one lane more, if the limit allows it and none is being opened. After a failure, waits for a pause
   * unless the node has no other lane.
   */
  open(): void {
    const { clock, lanes, newLink, onOpened } = this.options;
    if (!this.mayOpen || this.#connecting) return;
    if (lanes.all.length > 0 && clock.now() < this.#againAtMs) return;
    const link = newLink();
    const startedAtMs = clock.now();
    this.#connecting = link;
    link.connect().then(
      () => {
        if (this.#isOver(link)) return;
        onOpened(link, clock.now() - startedAtMs);
      },
      (error: unknown) => {
        if (this.#isOver(link)) return;
        this.#againAtMs = clock.now() + PAUSE_MS;
        this.options.onFailed(error as Error);
      },
    );
  }

  /** Drops the connection that is being opened, without a callback. */
  stop(): void {
    const link = this.#connecting;
    this.#connecting = undefined;
    link?.destroy();
  }

  /** As stop(), and opens no further lanes. */
  end(): void {
    this.#isEnded = true;
    this.stop();
  }

  /** Whether stop() was called while the link was connecting. */
  #isOver(link: LaneLink): boolean {
    if (this.#connecting !== link) return true;
    this.#connecting = undefined;
    return false;
  }
}
