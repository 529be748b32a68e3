import type { LogPosition, ServerPosition } from './position';

/**
 * For the code that routes, never for callers: a read's result was thrown away, because the server had not proven to
 * have the log that the read needs.
 */
export class StalePositionError extends Error {
  constructor(
    readonly node: string,
    /** What the read needed; undefined when it only wanted to know the position. */
    readonly needed: LogPosition | undefined,
    /** The last position that the connection reported; undefined when it could not say. */
    readonly position: ServerPosition | undefined,
    options?: ErrorOptions,
  ) {
    super(
      `${node} is at ${position ? position.log.toString() : 'a position that it could not tell'}` +
        (needed === undefined ? '' : `, and the read needs ${needed.toString()}`),
      options,
    );
    this.name = new.target.name;
  }
}

/** The server that has answered is not what the monitor last saw there: it was restarted, promoted or demoted since. */
export class OtherServerError extends StalePositionError {}
