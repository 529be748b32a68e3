import type { PreparedEntry } from './prepared-statements';

/**
 * A kept statement failed before the server bound its values, so nothing was executed. Either the schema has
 * changed or the values are wrong: a second run without the name tells which. Callers never see this error.
 */
export class KeptStatementError extends Error {
  constructor(
    readonly entry: PreparedEntry,
    override readonly cause: Error,
  ) {
    super(cause.message, { cause });
    this.name = new.target.name;
  }
}
