import { ConnectionLostError } from 'db-routing';
import type { ServerPosition } from '../../../libs/db-routing/src/engine/position';
import type { Values } from '../world/sql';
import type { Answer, Result, Sent } from '../world/statement';
import type { QueryConfig } from 'pg';
import { positionOf, positionRow } from './positions';
import type { Wire } from './wire';

/** The question for the server's position; servers know it by its first words. */
export const ASK_POSITION: Sent = {
  text: 'SELECT (CASE WHEN NOT pg_is_in_recovery() …',
  values: undefined,
};

/** The answer to the question for the position. */
interface Positioned extends Result {
  readonly position?: ServerPosition;
}

/** A result after which the transaction is still open. */
interface Open extends Result {
  isLeftOpen?: boolean;
}

/** What one borrower sends on a wire: in order, unless one statement has the wire to itself. */
export class Exchange {
  #lost: Error | undefined;
  readonly #onLost: ((error: Error) => void)[] = [];
  readonly #quiet: (() => void)[] = [];
  #waiting: (() => void)[] | undefined;

  constructor(
    private readonly node: string,
    readonly wire: Wire,
  ) {}

  /** Why the connection was lost. */
  get lost(): Error | undefined {
    return this.#lost;
  }

  get lostError(): ConnectionLostError {
    return new ConnectionLostError(this.node, { cause: this.#lost });
  }

  get isTaken(): boolean {
    return this.#waiting !== undefined;
  }

  hasLeftOpen(result: object): boolean {
    return (result as Open).isLeftOpen === true;
  }

  /** Sends the statements in one packet; each has an answer of its own. */
  send(statements: readonly Sent[]): Promise<Result>[] {
    const takes: ((answer: Answer | undefined, broken: Error | undefined) => void)[] = [];
    const answers = statements.map(
      () =>
        new Promise<Result>((resolve, reject) => {
          takes.push((answer, broken) => {
            if (broken) {
              this.#lost ??= broken;
              reject(this.lostError);
            } else if (answer?.error) reject(answer.error);
            else if (answer) resolve(this.#resultOf(answer));
          });
        }),
    );
    if (statements.length > 0) this.wire.send(statements, takes);
    return answers;
  }

  /** The same; resolves when all are answered, or lost. */
  settle(statements: readonly Sent[]): Promise<PromiseSettledResult<Result>[]> {
    const settled: PromiseSettledResult<Result>[] = [];
    if (statements.length === 0) return Promise.resolve(settled);
    const all = new Promise<PromiseSettledResult<Result>[]>((resolve) => {
      const take = (answer: Answer | undefined, broken: Error | undefined) => {
        settled.push(this.#outcomeOf(answer, broken));
        if (settled.length === statements.length) resolve(settled);
      };
      this.wire.send(
        statements,
        statements.map(() => take),
      );
    });
    // As late as what Promise.allSettled() makes of one promise for each.
    return all.then((answers) => answers);
  }

  /** Does `work` now, or when the wire is no longer taken. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (!this.#waiting) return work();
    return new Promise((resolve, reject) => this.#waiting?.push(() => void work().then(resolve, reject)));
  }

  /** All others wait until the returned function is called. */
  take(): () => void {
    this.#waiting = [];
    return () => {
      const waiting = this.#waiting ?? [];
      this.#waiting = undefined;
      for (const start of waiting) start();
    };
  }

  onceQuiet(callback: () => void): void {
    if (this.wire.inFlight === 0) callback();
    else this.#quiet.push(callback);
  }

  tellQuiet(): void {
    for (const tell of this.#quiet.splice(0)) tell();
  }

  onceLost(callback: (error: Error) => void): void {
    if (this.#lost) callback(this.lostError);
    else this.#onLost.push(callback);
  }

  recordLoss(error: Error): void {
    this.#lost ??= error;
  }

  tellLost(): void {
    for (const callback of this.#onLost.splice(0)) callback(this.lostError);
  }

  #outcomeOf(answer: Answer | undefined, broken: Error | undefined): PromiseSettledResult<Result> {
    if (answer && !answer.error) return { status: 'fulfilled', value: this.#resultOf(answer) };
    if (broken) this.#lost ??= broken;
    return { status: 'rejected', reason: answer?.error ?? this.lostError };
  }

  #resultOf({ result, facts, status }: Answer): Result {
    const given = facts
      ? { ...(result as Result), rows: [positionRow(facts)], position: positionOf(facts) }
      : (result as Result);
    // On the result itself: a WeakSet of all results is dear to the garbage collector.
    if (status !== 'I') (given as Open).isLeftOpen = true;
    return given;
  }
}

/** The position in the answer to the question for it. */
export function positionIn(answer: PromiseSettledResult<Result> | undefined): ServerPosition | undefined {
  return answer?.status === 'fulfilled' ? (answer.value as Positioned).position : undefined;
}

export function statementOf(input: QueryConfig | string, values?: unknown[]): Sent {
  if (typeof input === 'string') return { text: input, values: values as Values | undefined };
  return { text: input.text, values: (values ?? input.values) as Values | undefined };
}
