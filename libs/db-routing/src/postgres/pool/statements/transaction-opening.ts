/** How a client has opened its current transaction. */
export class TransactionOpening {
  #begin = 'BEGIN';
  #statements: string[] | undefined;

  /** Text of its BEGIN. */
  get begin(): string {
    return this.#begin;
  }

  /** A BEGIN is sent; `isFirst`: certainly outside a transaction. */
  begun(text: string, isFirst: boolean): void {
    this.#begin = text;
    this.#statements = isFirst ? [text] : undefined;
  }

  /** The library sends a statement behind BEGIN, before the client sends one. */
  append(text: string): void {
    this.#statements?.push(text);
  }

  /**
   * Call this for each statement of the client. Returns what has opened the transaction if this is the first
   * statement in it: sent again behind a ROLLBACK, it opens one like it.
   */
  take(): readonly string[] | undefined {
    const statements = this.#statements;
    this.#statements = undefined;
    return statements;
  }
}
