/**
 * How far the data of a server reaches in the log that one primary writes. Only the engine that made it can read it: PostgreSQL's is an
 * LSN of the WAL. Comparable only within one cluster and one timeline (see Position).
 */
export interface LogPosition {
  /** Whether a server that has replayed up to here has everything up to `other`. */
  has(other: LogPosition): boolean;
  /** How much log lies between here and there, in the engine's unit (PostgreSQL: bytes); 0 where this has it. */
  distanceTo(other: LogPosition): number;
  /** As the engine's tools write it. */
  toString(): string;
}

/**
 * A point in the history of one cluster. The position in the log alone is not enough: after a promotion the same one
 * means something else on each timeline, and the system identifier tells clusters apart.
 */
export interface Position {
  readonly systemId: string;
  readonly timeline: number;
  readonly log: LogPosition;
}

/** How far the data of a server reaches, as it said itself on one connection. */
export interface ServerPosition {
  readonly log: LogPosition;
  readonly isReplica: boolean;
  /** Of the log that a primary writes. A replica may not know the timeline of what it has replayed. */
  readonly timeline: number | undefined;
  /** How far a primary has written its log at all, flushed or not: no session can have been given a later position. */
  readonly writtenLog: LogPosition | undefined;
  /** When the server was started: tells the incarnations of a server apart. Constant for a connection. */
  readonly startedAt: string;
}

/** Writes positions as bytes, and reads them again. */
export interface PositionCodec {
  /** How many bytes a position takes: always the same number, at most 32. */
  readonly bytes: number;
  encode(position: Position): Uint8Array;
  /** Undefined for bytes that are no position of this engine. */
  decode(bytes: Uint8Array): Position | undefined;
}
