/** How long a replica replays from one restart point to the next; PostgreSQL's default is five minutes. */
const INTERVAL_MS = 3_000;

/** The last restart point of a replica, which names the timeline of that time. */
export class RestartPoint {
  #atMs = 0;

  constructor(public timeline: number) {}

  /** The replica has replayed up to this timeline. */
  replayed(timeline: number, nowMs: number): void {
    if (nowMs - this.#atMs >= INTERVAL_MS) this.made(timeline, nowMs);
  }

  made(timeline: number, nowMs: number): void {
    this.timeline = timeline;
    this.#atMs = nowMs;
  }
}
