export type TransactionOutcome = 'committed' | 'rolled-back' | 'unknown';

/**
 * `beforeUndo`, `afterUndo` and `ended` serve a mapper, not the user. They belong to the work of one
 * savepoint scope: when a nested savepoint scope is rolled back to its savepoint, it runs its own hooks of
 * these kinds and drops the others.
 */
export type HookName =
  'beforeCommit' | 'afterCommit' | 'afterRollback' | 'afterCompletion' | 'beforeUndo' | 'afterUndo' | 'ended';

type HookErrorReport = (error: unknown, hook: HookName) => void;

type Hook = (outcome: TransactionOutcome) => unknown;

/** The hooks of one savepoint scope of a transaction, in the order in which they were added. */
export class Hooks {
  readonly #lists: Record<HookName, Hook[]> = {
    beforeCommit: [],
    afterCommit: [],
    afterRollback: [],
    afterCompletion: [],
    beforeUndo: [],
    afterUndo: [],
    ended: [],
  };

  add(name: HookName, hook: Hook): void {
    this.#lists[name].push(hook);
  }

  /** Takes over the hooks of a nested savepoint scope that was kept. */
  adopt(other: Hooks): void {
    for (const name of Object.keys(this.#lists) as HookName[]) this.#lists[name].push(...other.#lists[name]);
  }

  /**
   * Runs the beforeCommit hooks, including those that they add. The first error is a veto: the call rejects
   * with it.
   */
  async runBeforeCommit(): Promise<void> {
    const list = this.#lists.beforeCommit;
    for (let hook = list.shift(); hook; hook = list.shift()) await hook('committed');
  }

  /** Runs the hooks that follow the outcome. An error of a hook is reported and changes nothing. */
  async runAfter(outcome: TransactionOutcome, report: HookErrorReport): Promise<void> {
    const names: HookName[] = ['afterCompletion', 'ended'];
    if (outcome === 'committed') names.unshift('afterCommit');
    if (outcome === 'rolled-back') names.unshift('afterUndo', 'afterRollback');
    for (const name of names) await this.#run(name, outcome, report);
  }

  /**
   * Runs the beforeUndo hooks of a savepoint scope that is about to be rolled back, as a whole or to its
   * savepoint.
   */
  runBeforeUndo(report: HookErrorReport): Promise<void> {
    return this.#run('beforeUndo', 'rolled-back', report);
  }

  /**
   * Runs the hooks of a nested savepoint scope that was rolled back to its savepoint, except those that wait
   * for the outcome of the whole transaction.
   */
  async runAfterUndo(report: HookErrorReport): Promise<void> {
    await this.#run('afterUndo', 'rolled-back', report);
    await this.#run('ended', 'rolled-back', report);
  }

  async #run(name: HookName, outcome: TransactionOutcome, report: HookErrorReport): Promise<void> {
    for (const hook of this.#lists[name]) {
      try {
        await hook(outcome);
      } catch (error) {
        report(error, name);
      }
    }
  }
}
