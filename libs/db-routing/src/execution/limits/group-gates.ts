import { GroupExhaustedError } from '../../errors';
import type { Clock } from '../../clock';
import type { ReplicaGroup, ReplicaGroups } from '../../routing/groups/replica-groups';
import { Gate } from './gate';

/** The gates of the replica groups that limit their concurrent reads. */
export class GroupGates {
  readonly #gates: ReadonlyMap<string, Gate>;

  /** `waitMs`: how long a read waits for its turn, in milliseconds. */
  constructor(groups: ReplicaGroups, waitMs: number, clock: Clock) {
    this.#gates = new Map(
      groups.all.flatMap(({ name, maxConcurrent }) => {
        if (maxConcurrent === undefined) return [];
        const refuse = () => new GroupExhaustedError(name, maxConcurrent, waitMs);
        return [[name, new Gate({ maxConcurrent, waitMs, clock, refuse })] as const];
      }),
    );
  }

  /**
   * Resolves with a function to call when the statement is done; undefined where the group has no limit.
   * Rejects with GroupExhaustedError.
   */
  enter({ name }: ReplicaGroup): Promise<() => void> | undefined {
    return this.#gates.get(name)?.enter();
  }
}
