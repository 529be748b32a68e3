import type { Result, Sent } from '../world/statement';
import * as sql from '../world/sql';

type Send = (sent: Sent) => Promise<Result>;

/** A cursor of the load: it reads once, holds its connection for a while, and is closed. */
export class SimCursor {
  readonly text = sql.CURSOR;
  readonly rows: Promise<Result>;
  #resolve: (result: Result) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;
  #isOver = false;

  constructor(
    private readonly values: sql.Values,
    /** Resolves when the caller has read enough. */
    private readonly read: () => Promise<void>,
  ) {
    this.rows = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.rows.catch(() => undefined);
  }

  submit(): void {
    throw new TypeError('a simulated cursor is used by use()');
  }

  /** The connection is the cursor's, until it calls `onClosed`. */
  use(send: Send, onClosed: () => void): void {
    void this.#run(send).finally(() => onClosed());
  }

  fail(error: Error): void {
    this.#isOver = true;
    this.#reject(error);
  }

  handleError(error: Error): void {
    this.fail(error);
  }

  async #run(send: Send): Promise<void> {
    if (this.#isOver) return;
    try {
      const result = await send({ text: sql.CURSOR, values: this.values });
      await this.read();
      this.#resolve(result);
    } catch (error) {
      this.fail(error as Error);
    }
  }
}
