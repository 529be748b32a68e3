import type { Destination } from '../destination';

/** Where the author of a statement wants it to run. */
export interface RouteHint {
  readonly to: Destination;
  /** Maximum age of the node's data, in milliseconds. */
  readonly maxStalenessMs?: number | undefined;
  readonly source: 'code' | 'comment';
}
