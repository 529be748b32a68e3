import type { Lsn } from './lsn';

/**
 * A point in the history of one cluster. The LSN alone is not enough: after a promotion the same LSN
 * means something else on each timeline, and the system identifier tells clusters apart.
 */
export interface Position {
  readonly systemId: string;
  readonly timeline: number;
  readonly lsn: Lsn;
}
