import type { Destination } from '../destination';

/** Where the author of a statement wants it to run. */
export interface RouteHint {
  readonly to: Destination;
  /** Only nodes whose data is at most this old, in milliseconds. */
  readonly maxStalenessMs?: number | undefined;
  readonly source: 'code' | 'comment';
}
