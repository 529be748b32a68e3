/**
 * One way to access the database, written as its users would write it; methods that it has no idiom for are
 * missing. Every method resolves with a value that shows whether the answer was right.
 */
export interface Peer {
  /** An order by its primary key, as SQL text; resolves with its id. */
  readonly rawRead?: (id: string) => Promise<string | undefined>;
  /** The same in the mapper's own style. */
  readonly read?: (id: string) => Promise<string | undefined>;
  /** An order joined with its items; resolves with the number of items. */
  readonly orderWithItems?: (id: string) => Promise<number>;
  /** An order and its items and events, as objects; resolves with the number of each. */
  readonly twoRelations?: (id: string) => Promise<{ readonly items: number; readonly events: number }>;
  /** Five columns of the first {@link ROWS} orders but one, as SQL text; resolves with the number of rows. */
  readonly rows?: (exceptId: string) => Promise<number>;
  /** The newest orders of a customer; resolves with their number. */
  readonly history?: (customerId: string) => Promise<number>;
  /** Inserts a single row; resolves with the number of rows inserted. */
  readonly insert?: (id: string) => Promise<number>;
  /**
   * A transaction: takes products from the stock, and stores an order, its items and its event. Resolves with
   * the number of lines.
   */
  readonly placeOrder?: (order: NewOrder) => Promise<number>;
  readonly close: () => Promise<void>;
}

export interface OrderLine {
  readonly sku: string;
  readonly quantity: number;
}

export interface NewOrder {
  readonly id: string;
  readonly customerId: string;
  readonly lines: readonly OrderLine[];
}

/** What a peer knows about the database; the same for all peers. */
export interface Wiring {
  /** All nodes in one URL. */
  readonly url: string;
  readonly primaryUrl: string;
  readonly replicaUrls: readonly string[];
  readonly monitor: { readonly user: string; readonly password: string };
  /** Where Pgpool-II listens, when it runs. */
  readonly pgpoolUrl: string | undefined;
  /** Maximum number of connections to one node. */
  readonly poolSize: number;
  /** Further options of RoutedPool.start(). */
  readonly routedOptions: Readonly<Record<string, unknown>>;
}

export const PAGE_SIZE = 20;
export const ROWS = 1_000;
