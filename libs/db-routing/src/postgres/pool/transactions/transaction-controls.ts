/** What a transaction has to say to the server before its next statement: BEGIN and savepoints cost no round trip of their own. */
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

  /** Whether there is anything to roll back: no statement may have followed it. */
  rollbackTo(name: string): boolean {
    if (this.#dropUnused(name)) return false;
    this.#waiting.push(`ROLLBACK TO SAVEPOINT ${name}`, `RELEASE SAVEPOINT ${name}`);
    return true;
  }

  /** Those to be sent with the next statement. */
  take(): string[] {
    const controls = this.#waiting;
    this.#waiting = [];
    return controls;
  }

  /** Those without which COMMIT would commit something else. */
  get neededByCommit(): readonly string[] {
    return this.#waiting.some((control) => control.startsWith('ROLLBACK TO')) ? this.#waiting : [];
  }

  /** A savepoint that nothing followed was never sent. */
  #dropUnused(name: string): boolean {
    if (this.#waiting.at(-1) !== `SAVEPOINT ${name}`) return false;
    this.#waiting.pop();
    return true;
  }
}
