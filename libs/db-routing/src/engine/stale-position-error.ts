import type { LogPosition, ServerPosition } from './position';

/**
 * Internal to routing, never thrown at callers: a read's result was discarded, because the server had not
 * proven to have the log that the read needs.
 */
export class StalePositionError extends Error {
  constructor(
    readonly node: string,
    /** What the read needed; undefined when it only asked for the position. */
    readonly needed: LogPosition | undefined,
    /** The last position that the connection reported; undefined when the server could not say. */
    readonly position: ServerPosition | undefined,
    options?: ErrorOptions,
  ) {
    super(
      `${node} is at ${position ? position.log.toString() : 'an unknown position'}` +
        (needed === undefined ? '' : `, and the read needs ${needed.toString()}`),
      options,
    );
    this.name = new.target.name;
  }
}

/**
 * The server that answered is not the one that the monitor last saw there: it was restarted, promoted or
 * demoted since.
 */
export class OtherServerError extends StalePositionError {}
