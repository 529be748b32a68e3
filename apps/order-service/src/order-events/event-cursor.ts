/** How many events the cursor remembers to have told. */
const MAX_TOLD = 50;
/** How far the log of a new primary may be behind, in transactions: what a failover may lose. */
const LOST_TRANSACTIONS = 10_000n;
const FIRST_TRANSACTION = 3n;
const MAX_TIMELINE = 2 ** 31;
const MAX_XID = 2n ** 64n;
const MAX_EVENT_ID = 2n ** 63n;
const FORMAT = /^(\d{1,10})\.(\d{1,20})(?::(\d{1,19}(?:,\d{1,19})*))?$/;

/** A moment in the life of the database. */
export interface Place {
  /** Each failover begins a new one, and may give the same transaction ids again. */
  readonly timeline: number;
  /** All transactions before this one have ended. */
  readonly horizon: string;
}

/** What a cursor needs to know of an event. */
interface CursorEvent {
  readonly id: string;
  /** The transaction that wrote it. */
  readonly transactionId: string;
}

/**
 * How far a client has been told of its events. Ids of events say nothing about that, because a transaction
 * may commit later than one that began after it. Transaction ids do: everything that transactions before the
 * horizon have written was visible when the horizon was read. Of later transactions, the cursor knows the
 * events that the client was told.
 */
export class EventCursor {
  /** The ids of the last events told, the newest last, and the transaction of each. */
  readonly #told = new Map<string, bigint>();
  #timeline: number;
  #horizon: bigint;

  constructor({ timeline, horizon }: Place, told: readonly CursorEvent[] = []) {
    this.#timeline = timeline;
    this.#horizon = BigInt(horizon);
    for (const event of told) this.tell(event);
  }

  /** Reads what toString() has written; undefined when it is something else. */
  static parse(text: string): EventCursor | undefined {
    const [, timeline, horizon, list] = FORMAT.exec(text) ?? [];
    if (timeline === undefined || horizon === undefined) return undefined;
    const ids = list?.split(',') ?? [];
    const isPossible =
      Number(timeline) < MAX_TIMELINE &&
      BigInt(horizon) < MAX_XID &&
      ids.length <= MAX_TOLD &&
      ids.every((id) => BigInt(id) < MAX_EVENT_ID);
    if (!isPossible) return undefined;
    // Their transactions are read again with the events, before the horizon moves.
    const told = ids.map((id) => ({ id, transactionId: horizon }));
    return new EventCursor({ timeline: Number(timeline), horizon }, told);
  }

  get timeline(): number {
    return this.#timeline;
  }

  /** The first transaction whose events the client may not have been told, on the cursor's timeline. */
  get horizon(): string {
    return this.#horizon.toString();
  }

  /** The same on any other timeline. Some events before it are read again. */
  get horizonElsewhere(): string {
    const horizon = this.#horizon - LOST_TRANSACTIONS;
    return (horizon < FIRST_TRANSACTION ? FIRST_TRANSACTION : horizon).toString();
  }

  /** Notes that the client is told the event. Returns false if it was told before. */
  tell({ id, transactionId }: CursorEvent): boolean {
    const isNew = !this.#told.delete(id);
    this.#told.set(id, BigInt(transactionId));
    const [oldest] = this.#told.keys();
    if (this.#told.size > MAX_TOLD && oldest !== undefined) this.#told.delete(oldest);
    return isNew;
  }

  /** Notes that the client was told everything before this place. */
  advance({ timeline, horizon }: Place): void {
    this.#timeline = timeline;
    this.#horizon = BigInt(horizon);
  }

  /** With the ids that a read from the horizon would return again. */
  toString(): string {
    const ids = [...this.#told]
      .filter(([, transactionId]) => transactionId >= this.#horizon)
      .map(([id]) => id);
    const place = `${this.#timeline}.${this.horizon}`;
    return ids.length === 0 ? place : `${place}:${ids.join(',')}`;
  }
}
