/** What one listed name is known to lead to; undefined until it has answered. */
export interface Membership {
  readonly name: string;
  readonly systemId: string | undefined;
  readonly server: string | undefined;
}

/** Which cluster is meant, or why that is not certain yet. `isTied`: no further answer can decide it. */
export type Verdict =
  | { readonly systemId: string }
  | { readonly systemId: undefined; readonly isTied: boolean; readonly because: string };

interface Party {
  readonly systemId: string;
  readonly servers: Set<string>;
  readonly names: string[];
}

/**
 * Returns the cluster that most of the listed servers belong to. One answer proves nothing: the first server
 * to answer may be the stranger. The result is certain when no missing answer could change it, or when
 * `isOver` ends the wait for them. Pure.
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
      because: `equally many nodes belong to different clusters: ${sides.join(' and ')}`,
    };
  }
  return {
    systemId: undefined,
    isTied: false,
    because: `the cluster is not certain without an answer from ${unheard.join(', ')}`,
  };
}

/** Returns the clusters, that with most servers first; two names of one server count once. */
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
