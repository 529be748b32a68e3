/** Where one node listens. Logs, metrics and headers use `name`. */
export interface NodeAddress {
  readonly name: string;
  /** A host name, an IP address, or the directory of a UNIX socket. */
  readonly host: string;
  readonly port: number;
  /** The host in the URL that led to the node, when it is not the node's own. */
  readonly listedAs?: string;
  /**
   * The `host:port` in the URL that led to the node, when it is not its name: groups and weights may use
   * either.
   */
  readonly entry?: string;
  /** Other names of the same server: what is configured for one of them applies to the node. */
  readonly otherNames?: readonly NodeAddress[];
  /** The name that resolved to `host`, when it is not `listedAs`; the server's certificate carries it. */
  readonly serverName?: string;
}

/**
 * Returns what is configured for the node under its own name, its name in the URL, or another name of its
 * server.
 */
export function configuredFor<T>(
  { name, entry, otherNames = [] }: NodeAddress,
  of: (name: string) => T | undefined,
): T | undefined {
  const own = of(name) ?? (entry === undefined ? undefined : of(entry));
  if (own !== undefined || otherNames.length === 0) return own;
  for (const other of otherNames) {
    const configured = configuredFor(other, of);
    if (configured !== undefined) return configured;
  }
  return undefined;
}

/** Whether the host is the directory of a UNIX socket. */
export function isSocket(host: string): boolean {
  return host.startsWith('/');
}
