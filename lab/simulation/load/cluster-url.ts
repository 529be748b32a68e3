import type { WorldSettings } from '../world/ground';

/** The port of every simulated server. */
const PORT = 5432;

/** The name of a node, as the library calls it. */
export function nodeName(host: string): string {
  return `${host}:${PORT}`;
}

/** The names of each server, aliases included. */
export function namesOfServers({
  servers,
  aliases,
}: Pick<WorldSettings, 'servers' | 'aliases'>): readonly (readonly string[])[] {
  const others = Object.keys(aliases);
  return servers.map((server) =>
    [server, ...others.filter((alias) => aliases[alias] === server)].map(nodeName),
  );
}

/** A URL that lists these nodes. */
export function clusterUrl(nodes: readonly string[]): string {
  return `postgres://app:secret@${nodes.join(',')}/shop`;
}
