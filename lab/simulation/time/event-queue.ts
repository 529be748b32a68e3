/** A simulated process, whose events wait while it is paused. */
export interface Pausable {
  readonly pausedUntilMs: number;
}

function nothing(): void {
  // What happens when an event was cancelled.
}

/** Something that happens at a virtual time. */
export class Event {
  isCancelled = false;

  constructor(
    public atMs: number,
    /** Events of one instant happen in the order in which they were added. */
    readonly order: number,
    public run: () => void,
    /** Undefined: the world. */
    readonly process: Pausable | undefined,
    /** Wakes no code that waits by promises. */
    readonly isSilent: boolean,
  ) {}

  /** It stays in the queue for a while, so it lets go of all that it would have used. */
  cancel(): void {
    this.isCancelled = true;
    this.run = nothing;
  }
}

/** The least number of events at which the cancelled ones are dropped. */
const MANY = 256;

/**
 * A binary heap: the earliest event first. Most timers are limits of something that ends in time, and so are
 * cancelled long before they are due: these are dropped each time the heap has doubled.
 */
export class EventQueue {
  #heap: Event[] = [];
  #sweptAt = MANY;

  get size(): number {
    return this.#heap.length;
  }

  push(event: Event): void {
    if (this.#heap.length >= this.#sweptAt) this.#sweep();
    const heap = this.#heap;
    let index = heap.length;
    heap.push(event);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Event;
      if (!isBefore(event, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = event;
  }

  pop(): Event | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last && heap.length > 0) this.#sink(last, 0);
    return first;
  }

  #sweep(): void {
    this.#heap = this.#heap.filter(({ isCancelled }) => !isCancelled);
    this.#sweptAt = Math.max(MANY, 2 * this.#heap.length);
    for (let index = this.#heap.length >> 1; index-- > 0;) this.#sink(this.#heap[index] as Event, index);
  }

  #sink(event: Event, from: number): void {
    const heap = this.#heap;
    const size = heap.length;
    let index = from;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= size) break;
      if (child + 1 < size && isBefore(heap[child + 1] as Event, heap[child] as Event)) child += 1;
      const below = heap[child] as Event;
      if (!isBefore(below, event)) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = event;
  }
}

function isBefore(one: Event, other: Event): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}
