import { lookup as systemLookup, resolveSrv } from 'node:dns/promises';

/** Turns names into addresses; tests inject their own. */
export interface Lookup {
  /** Every address of a host, IPv4 and IPv6. */
  addresses(host: string): Promise<readonly string[]>;
  /** The targets of an SRV name. */
  services(name: string): Promise<readonly { readonly host: string; readonly port: number }[]>;
}

export const systemDns: Lookup = {
  // Resolves as the driver would, /etc/hosts and search domains included.
  addresses: async (host) => (await systemLookup(host, { all: true })).map(({ address }) => address),
  services: async (name) => (await resolveSrv(name)).map(({ name: host, port }) => ({ host, port })),
};
