import type { PeerName } from '../../peers';
import type { Peer } from '../../peers/peer';

/** Enough for one caller's latency, and for all connections at work. */
export const READ_CALLERS: readonly number[] = [1, 32];
/** The targets of writes are set for each of these. */
export const WRITE_CALLERS: readonly number[] = [1, 8, 32, 128];

/** The keys of the seeded shop that are read; the same for all contenders. */
export interface ShopData {
  readonly orders: readonly {
    readonly id: string;
    readonly itemCount: number;
    readonly eventCount: number;
  }[];
  readonly customers: readonly string[];
  readonly skus: readonly string[];
}

/** One operation; resolves with whether its answer was right. */
export type Operation = () => Promise<boolean>;

/** A statement, or a transaction of several, that every peer runs in its own way. */
export interface StatementWork {
  readonly name: string;
  readonly title: string;
  /** It waits for the disk, whose variations take longer to even out. */
  readonly isWrite?: boolean;
  /** The numbers of callers in a full run. */
  readonly callers: readonly number[];
  /** Those that have an idiom for it, and something to show. */
  readonly contenders: readonly PeerName[];
  /** Undefined when the peer has no idiom for it. */
  operation(peer: Peer, shop: ShopData): Operation | undefined;
}

export function pick<T>(values: readonly T[]): T {
  return values[Math.floor(Math.random() * values.length)] as T;
}
