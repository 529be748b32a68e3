/** What passed a link since the node was made. */
export interface LinkCounters {
  readonly connections: number;
  /**
   * Bursts of the client: bytes from it that follow bytes from the server. That is how often somebody had
   * to wait for the way there and back; opening a connection costs some as well.
   */
  readonly roundTrips: number;
  readonly bytesToServer: number;
  readonly bytesToClient: number;
}

/** The network between the clients of a node and the node; there for clusters started with `proxied: true`. */
export interface Link {
  readonly counters: LinkCounters;
  /**
   * A blackhole: nothing is forwarded in either direction. Open sockets stay open, and new ones are
   * accepted and get no answer. What was sent meanwhile arrives after {@link restore}.
   */
  cut(): void;
  /** Every connection gets a RST, and new ones are refused. */
  reset(): Promise<void>;
  /** Ends cut, reset, latency and rate. */
  restore(): Promise<void>;
  /** Every round trip takes this much longer (the way to the server is delayed; the way back is not). */
  setLatencyMs(latencyMs: number): void;
  /** A rate for each direction, over all connections together; undefined: no limit. */
  setBytesPerSecond(bytesPerSecond: number | undefined): void;
}
