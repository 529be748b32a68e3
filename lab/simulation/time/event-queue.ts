/** A simulated process, whose events wait while it is paused. */
export interface Pausable {
  readonly pausedUntilMs: number;
}

/** Something that happens at a virtual time. */
export class Event {
  isCancelled = false;

  constructor(
    public atMs: number,
    /** Events of one instant happen in the order in which they were added. */
    readonly order: number,
    readonly run: () => void,
    /** Undefined: the world. */
    readonly process: Pausable | undefined,
    /** Wakes no code that waits by promises. */
    readonly isSilent: boolean,
  ) {}

  cancel(): void {
    this.isCancelled = true;
  }
}

/** A binary heap: the earliest event first. */
export class EventQueue {
  readonly #heap: Event[] = [];

  get size(): number {
    return this.#heap.length;
  }

  push(event: Event): void {
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
    if (last && heap.length > 0) this.#sink(last);
    return first;
  }

  #sink(event: Event): void {
    const heap = this.#heap;
    const size = heap.length;
    let index = 0;
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
