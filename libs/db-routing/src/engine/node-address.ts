/** Where one node listens. `name` is what logs, metrics and headers call it. */
export interface NodeAddress {
  readonly name: string;
  /** A name, an address, or the directory of a UNIX socket. */
  readonly host: string;
  readonly port: number;
  /** The name in the URL that it was found by, where that is not its own. */
  readonly listedAs?: string;
  /** The `host:port` of the URL that it was found by, where that is not its name: groups and weights may say either. */
  readonly entry?: string;
  /** Other names that lead to the same server: what is configured for one of them holds for the node. */
  readonly otherNames?: readonly NodeAddress[];
  /** The name that `host` is an address of, where it is not `listedAs`: its certificate bears it. */
  readonly serverName?: string;
}

/** What was configured for the node, by its own name, by what the URL calls it, or by another name of its server. */
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
