import type { Clock } from '../../clock';
import type { LaneLink } from './lane/lane-link';

/** After a lane beside others could not be made. */
const PAUSE_MS = 1000;

export interface LaneOpenerOptions {
  readonly clock: Clock;
  readonly newLink: () => LaneLink;
  /** `handshakeMs`: how long connecting took. */
  readonly onOpened: (link: LaneLink, handshakeMs: number) => void;
  readonly onFailed: (error: Error) => void;
}

/** Makes connections, one at a time. */
export class LaneOpener {
  #connecting: LaneLink | undefined;
  #againAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: LaneOpenerOptions) {}

  get isConnecting(): boolean {
    return this.#connecting !== undefined;
  }

  /** `isNeeded`: nothing can be done without it, so it does not wait a moment after a failure. */
  open(isNeeded: boolean): void {
    const { clock, newLink, onOpened } = this.options;
    if (this.#connecting || (!isNeeded && clock.now() < this.#againAtMs)) return;
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

  /** Nobody is told what becomes of the connection that is being made. */
  stop(): void {
    const link = this.#connecting;
    this.#connecting = undefined;
    link?.destroy();
  }

  /** Whether it was stopped meanwhile. */
  #isOver(link: LaneLink): boolean {
    if (this.#connecting !== link) return true;
    this.#connecting = undefined;
    return false;
  }
}
