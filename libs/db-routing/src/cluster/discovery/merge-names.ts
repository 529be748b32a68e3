import type { NodeStatus } from '../topology/snapshot';

/** What is known of one name in the list. */
export interface NamedStatus {
  readonly status: NodeStatus;
  /** How often the name has led to another server than expected. */
  readonly strays: number;
}

/**
 * Merges the names of one server into one node. A server's own identity counts, not its names: the node goes
 * by the name that works and has strayed least, the first in the list among equals. A name belongs to the
 * server that it last led to, until it is down.
 */
export function mergeNames(names: readonly NamedStatus[]): readonly NodeStatus[] {
  const servers = new Map<string, NamedStatus[]>();
  for (const named of names) {
    const key = serverOf(named.status);
    const known = servers.get(key);
    if (known) known.push(named);
    else servers.set(key, [named]);
  }
  return [...servers.values()].map(merge);
}

function serverOf({ address, server, role, state }: NodeStatus): string {
  const isThere = state === 'up' || state === 'lagging' || state === 'suspect';
  // After a promotion, until both names have been probed, one of them still reports the former role; for that
  // moment they count as two nodes.
  return isThere && server !== undefined ? `${role} ${server}` : address.name;
}

function merge(names: readonly NamedStatus[]): NodeStatus {
  const [best, ...others] = [...names].sort(
    (a, b) =>
      Number(a.status.state === 'suspect') - Number(b.status.state === 'suspect') || a.strays - b.strays,
  );
  if (!best) throw new RangeError('no name to merge');
  if (others.length === 0) return best.status;
  const aliases = others.map(({ status }) => status.address.name);
  return Object.freeze({
    ...best.status,
    address: Object.freeze({
      ...best.status.address,
      otherNames: [...(best.status.address.otherNames ?? []), ...others.map(({ status }) => status.address)],
    }),
    reason: `${best.status.reason}; ${aliases.join(' and ')} ${aliases.length === 1 ? 'leads' : 'lead'} to it as well`,
    aliases,
  });
}
