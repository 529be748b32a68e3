import type { NodeStatus } from './node-status';

/** Who may be written to, or why nobody may. */
export type Election =
  { readonly primary: NodeStatus } | { readonly primary: undefined; readonly because: string };

/**
 * The writable node on the highest timeline that was ever seen. A promotion starts a new timeline, so a node that
 * is writable on a lower one is an old primary that came back: it is fenced, even while the new one cannot be reached.
 * Two writable nodes on one timeline are two histories under one name: nobody can tell which to add to.
 *
 * `highestTimeline`: of any node of this cluster, at any time; undefined before one was seen.
 */
export function electPrimary(nodes: readonly NodeStatus[], highestTimeline: number | undefined): Election {
  const writable = nodes.filter(isWritable);
  const current = writable.filter((node) => (node.timeline ?? 0) >= (highestTimeline ?? 0));
  const [first, ...others] = current;
  if (first && others.length === 0) return { primary: first };
  if (first) {
    const names = current.map((node) => node.address.name).join(' and ');
    return {
      primary: undefined,
      because: `${names} are writable on the same timeline ${String(first.timeline)}: neither is written to`,
    };
  }
  if (writable.length > 0) {
    const fenced = writable
      .map((node) => `${node.address.name} (timeline ${String(node.timeline)})`)
      .join(', ');
    return {
      primary: undefined,
      because: `timeline ${String(highestTimeline)} was seen, so what is left of an earlier one is not written to: ${fenced}`,
    };
  }
  const states = nodes.map(
    (node) => `${node.address.name} is ${describeRole(node)}${node.state} (${node.reason})`,
  );
  return { primary: undefined, because: states.join(', ') };
}

/** A single missed probe must not stop writes: a suspect primary is still the primary. */
export function isWritable({ role, state }: NodeStatus): boolean {
  return role === 'primary' && (state === 'up' || state === 'suspect');
}

function describeRole({ role }: NodeStatus): string {
  return role === 'unknown' ? '' : `a ${role}, `;
}
