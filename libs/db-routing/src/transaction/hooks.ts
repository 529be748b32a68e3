export type TransactionOutcome = 'committed' | 'rolled-back' | 'unknown';

export type HookName = 'beforeCommit' | 'afterCommit' | 'afterRollback' | 'afterCompletion';

type Hook = (outcome: TransactionOutcome) => unknown;

/** The hooks of one level of a transaction, in the order in which they were added. */
export class Hooks {
  readonly #lists: Record<HookName, Hook[]> = {
    beforeCommit: [],
    afterCommit: [],
    afterRollback: [],
    afterCompletion: [],
  };

  add(name: HookName, hook: Hook): void {
    this.#lists[name].push(hook);
  }

  /** Takes over what a nested level has kept. */
  adopt(other: Hooks): void {
    for (const name of Object.keys(this.#lists) as HookName[]) this.#lists[name].push(...other.#lists[name]);
  }

  /** Runs beforeCommit hooks, those that they add included. The first error is a veto. */
  async runBeforeCommit(): Promise<void> {
    const list = this.#lists.beforeCommit;
    for (let hook = list.shift(); hook; hook = list.shift()) await hook('committed');
  }

  /** Runs the hooks that follow the outcome. Their errors are reported, one by one; they change nothing. */
  async runAfter(
    outcome: TransactionOutcome,
    report: (error: unknown, hook: HookName) => void,
  ): Promise<void> {
    const names: HookName[] = ['afterCompletion'];
    if (outcome === 'committed') names.unshift('afterCommit');
    if (outcome === 'rolled-back') names.unshift('afterRollback');
    for (const name of names) {
      for (const hook of this.#lists[name]) {
        try {
          await hook(outcome);
        } catch (error) {
          report(error, name);
        }
      }
    }
  }
}
