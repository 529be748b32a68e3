import type { NodeStatus, TopologySnapshot } from './snapshot';

/**
 * A node changed its state, its role or its other names; was added (`before` is undefined); or is gone (`now`
 * is undefined), because it was removed or is another name of a known node.
 */
export interface NodeChange {
  readonly before: NodeStatus | undefined;
  readonly now: NodeStatus | undefined;
}

/** Returns the changes from one snapshot to the next. */
export function changesBetween(before: TopologySnapshot, after: TopologySnapshot): readonly NodeChange[] {
  const old = new Map(before.nodes.map((node) => [node.address.name, node]));
  const changes: NodeChange[] = [];
  for (const now of after.nodes) {
    const was = old.get(now.address.name);
    old.delete(now.address.name);
    if (hasChanged(was, now)) changes.push({ before: was, now });
  }
  for (const gone of old.values()) changes.push({ before: gone, now: undefined });
  return changes;
}

function hasChanged(before: NodeStatus | undefined, now: NodeStatus): boolean {
  return (
    before?.state !== now.state || before.role !== now.role || before.aliases?.join() !== now.aliases?.join()
  );
}
