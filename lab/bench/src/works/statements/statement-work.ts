import type { Peer } from '../../peers/peer';

/** The keys of the seeded shop that are read; the same for all contenders. */
export interface ShopData {
  readonly orders: readonly { readonly id: string; readonly itemCount: number }[];
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
  /** Undefined when the peer has no idiom for it. */
  operation(peer: Peer, shop: ShopData): Operation | undefined;
}

export function pick<T>(values: readonly T[]): T {
  return values[Math.floor(Math.random() * values.length)] as T;
}
