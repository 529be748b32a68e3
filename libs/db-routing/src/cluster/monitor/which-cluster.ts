/** What one name in the list is known to lead to; undefined where it has not answered yet. */
export interface Membership {
  readonly name: string;
  readonly systemId: string | undefined;
  readonly server: string | undefined;
}

/** Which cluster is meant, or why that is not certain yet. `isTied`: no further answer will tell. */
export type Verdict =
  | { readonly systemId: string }
  | { readonly systemId: undefined; readonly isTied: boolean; readonly because: string };

interface Party {
  readonly systemId: string;
  readonly servers: Set<string>;
  readonly names: string[];
}

/**
 * The cluster that most of the listed servers are of. A single answer proves nothing: the server that answers first may be the stranger.
 * It is certain once no answer that is still missing could change it, or `isOver`: nothing more is waited for. Pure.
 */
export function whichCluster(members: readonly Membership[], isOver: boolean): Verdict {
  const parties = partiesOf(members);
  const unheard = members.filter(({ systemId }) => systemId === undefined).map(({ name }) => name);
  const [first, second] = parties;
  const lead = (first?.servers.size ?? 0) - (second?.servers.size ?? 0);
  const isSettled = isOver || unheard.length === 0;
  if (first && lead > (isSettled ? 0 : unheard.length)) return { systemId: first.systemId };
  if (first && isSettled) {
    const sides = parties
      .filter(({ servers }) => servers.size === first.servers.size)
      .map(({ systemId, names }) => `${systemId} (${names.join(', ')})`);
    return {
      systemId: undefined,
      isTied: true,
      because: `as many nodes are of one cluster as of another: ${sides.join(' and ')}`,
    };
  }
  return {
    systemId: undefined,
    isTied: false,
    because: `which cluster is meant is not certain without an answer of ${unheard.join(', ')}`,
  };
}

/** Those with most servers first; two names of one server are one voice. */
function partiesOf(members: readonly Membership[]): readonly Party[] {
  const parties = new Map<string, Party>();
  for (const { name, systemId, server = name } of members) {
    if (systemId === undefined) continue;
    let party = parties.get(systemId);
    if (!party) parties.set(systemId, (party = { systemId, servers: new Set(), names: [] }));
    party.servers.add(server);
    party.names.push(name);
  }
  return [...parties.values()].sort((a, b) => b.servers.size - a.servers.size);
}
