import type { NodeStatus } from './node-status';

/** The node that gets writes, or why there is none. */
export type Election =
  { readonly primary: NodeStatus } | { readonly primary: undefined; readonly because: string };

/**
 * Elects the writable node on the highest timeline that was ever seen. A promotion starts a new timeline, so
 * a node that is writable on a lower one is an old primary that came back. It is fenced, even while the new
 * primary cannot be reached. Two writable nodes on one timeline have two histories under one name, and
 * nothing tells which one is to be continued.
 *
 * `highestTimeline` is the highest of any node of this cluster at any time; undefined before one was seen.
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
      because: `${names} are writable on the same timeline ${String(first.timeline)}: none of them gets writes`,
    };
  }
  if (writable.length > 0) {
    const fenced = writable
      .map((node) => `${node.address.name} (timeline ${String(node.timeline)})`)
      .join(', ');
    return {
      primary: undefined,
      because: `timeline ${String(highestTimeline)} was seen, so nodes of an earlier one get no writes: ${fenced}`,
    };
  }
  const states = nodes.map(
    (node) => `${node.address.name} is ${describeRole(node)}${node.state} (${node.reason})`,
  );
  return { primary: undefined, because: states.join(', ') };
}

/** One missed probe must not stop writes: a suspect primary is still the primary. */
export function isWritable({ role, state }: NodeStatus): boolean {
  return role === 'primary' && (state === 'up' || state === 'suspect');
}

function describeRole({ role }: NodeStatus): string {
  return role === 'unknown' ? '' : `a ${role}, `;
}
