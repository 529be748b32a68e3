export type TransactionOutcome = 'committed' | 'rolled-back' | 'unknown';

/**
 * `beforeUndo`, `afterUndo` and `ended` are a mapper's, not the user's: they belong to what a savepoint scope has done, so a nested savepoint scope that is rolled
 * back to its savepoint runs its own, where the others are dropped with it.
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

  /** Takes over what a nested savepoint scope has kept. */
  adopt(other: Hooks): void {
    for (const name of Object.keys(this.#lists) as HookName[]) this.#lists[name].push(...other.#lists[name]);
  }

  /** Runs beforeCommit hooks, those that they add included. The first error is a veto. */
  async runBeforeCommit(): Promise<void> {
    const list = this.#lists.beforeCommit;
    for (let hook = list.shift(); hook; hook = list.shift()) await hook('committed');
  }

  /** Runs the hooks that follow the outcome. Their errors are reported, one by one; they change nothing. */
  async runAfter(outcome: TransactionOutcome, report: HookErrorReport): Promise<void> {
    const names: HookName[] = ['afterCompletion', 'ended'];
    if (outcome === 'committed') names.unshift('afterCommit');
    if (outcome === 'rolled-back') names.unshift('afterUndo', 'afterRollback');
    for (const name of names) await this.#run(name, outcome, report);
  }

  /** Runs the hooks of a savepoint scope whose work is about to be undone, the transaction's or back to a savepoint. */
  runBeforeUndo(report: HookErrorReport): Promise<void> {
    return this.#run('beforeUndo', 'rolled-back', report);
  }

  /** Runs the hooks of a nested savepoint scope that was rolled back to its savepoint. Those for the whole transaction are dropped. */
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
