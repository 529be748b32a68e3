/**
 * How far a server's data reaches in the log of one primary. Only the engine that made it can read it:
 * PostgreSQL's is an LSN of the WAL. It compares only within one cluster and one timeline (see Position).
 */
export interface LogPosition {
  /** Whether a server that has replayed up to here has everything up to `other`. */
  has(other: LogPosition): boolean;
  /**
   * How much log lies between here and `other`, in the engine's unit (PostgreSQL: bytes); 0 when this
   * contains `other`.
   */
  distanceTo(other: LogPosition): number;
  /** In the notation of the engine's tools. */
  toString(): string;
}

/**
 * A point in the history of one cluster. The log position alone is not enough: after a promotion it means
 * something else on each timeline, and the system identifier tells clusters apart.
 */
export interface Position {
  readonly systemId: string;
  readonly timeline: number;
  readonly log: LogPosition;
}

/** How far a server's data reaches, as the server said on one connection. */
export interface ServerPosition {
  readonly log: LogPosition;
  readonly isReplica: boolean;
  /**
   * The timeline of the log that a primary writes. A replica may not know that of the log it has replayed.
   */
  readonly timeline: number | undefined;
  /** How far a primary has written its log, flushed or not: no session can hold a later position. */
  readonly writtenLog: LogPosition | undefined;
  /**
   * Until where a primary's log has each commit that it has answered, flushed or not. `writtenLog` may be
   * later by something that no replica will ever replay.
   */
  readonly committedLog: LogPosition | undefined;
  /** When the server was started: tells it from the server before a restart. Constant for a connection. */
  readonly startedAt: string;
}

/** Writes positions as bytes and reads them back. */
export interface PositionCodec {
  /** The size of an encoded position: always the same, at most 32. */
  readonly bytes: number;
  encode(position: Position): Uint8Array;
  /** Undefined for bytes that are not a position of this engine. */
  decode(bytes: Uint8Array): Position | undefined;
}
