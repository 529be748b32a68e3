/**
 * The control statements (BEGIN, SAVEPOINT …) that a transaction sends together with its next statement, so
 * that they take no round trip.
 */
export class TransactionControls {
  #waiting: string[];

  constructor(begin: readonly string[]) {
    this.#waiting = [...begin];
  }

  savepoint(name: string): void {
    this.#waiting.push(`SAVEPOINT ${name}`);
  }

  release(name: string): void {
    if (!this.#dropUnused(name)) this.#waiting.push(`RELEASE SAVEPOINT ${name}`);
  }

  /** Returns false when there is nothing to roll back, because no statement has followed the savepoint. */
  rollbackTo(name: string): boolean {
    if (this.#dropUnused(name)) return false;
    this.#waiting.push(`ROLLBACK TO SAVEPOINT ${name}`, `RELEASE SAVEPOINT ${name}`);
    return true;
  }

  /** Removes and returns the controls, to be sent with the next statement. */
  take(): string[] {
    const controls = this.#waiting;
    this.#waiting = [];
    return controls;
  }

  /**
   * The controls that must precede COMMIT: without a waiting ROLLBACK TO, it would commit what that undoes.
   */
  get neededByCommit(): readonly string[] {
    return this.#waiting.some((control) => control.startsWith('ROLLBACK TO')) ? this.#waiting : [];
  }

  /** Drops the savepoint if it is the last control: then it was never sent. */
  #dropUnused(name: string): boolean {
    if (this.#waiting.at(-1) !== `SAVEPOINT ${name}`) return false;
    this.#waiting.pop();
    return true;
  }
}
