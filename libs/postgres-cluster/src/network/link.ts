/** What has passed a link since the node was created. */
export interface LinkCounters {
  readonly connections: number;
  /**
   * Client bursts: bytes from the client that follow bytes from the server. This counts how often a client
   * waited for a round trip; opening a connection counts some as well.
   */
  readonly roundTrips: number;
  readonly bytesToServer: number;
  readonly bytesToClient: number;
}

/** The network between a node and its clients; available in clusters started with `proxied: true`. */
export interface Link {
  readonly counters: LinkCounters;
  /**
   * Simulates a black hole: forwards nothing in either direction. Open sockets stay open; new connections are
   * accepted but get no answer. Data sent meanwhile arrives after {@link restore}.
   */
  cut(): void;
  /** Resets every connection (RST) and refuses new ones. */
  reset(): Promise<void>;
  /** Ends cut, reset, latency and rate limits. */
  restore(): Promise<void>;
  /** Makes every round trip take this much longer, by delaying the direction to the server only. */
  setLatencyMs(latencyMs: number): void;
  /** Limits the rate of each direction, over all connections together; undefined: no limit. */
  setBytesPerSecond(bytesPerSecond: number | undefined): void;
}
