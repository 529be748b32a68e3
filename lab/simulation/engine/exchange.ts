import { ConnectionLostError } from 'db-routing';
import type { ServerPosition } from '../../../libs/db-routing/src/engine/position';
import type { Values } from '../world/sql';
import type { ServerFacts } from '../world/facts';
import type { Answer, Result, Sent } from '../world/statement';
import type { QueryConfig } from 'pg';
import { positionOf, positionRow } from './positions';
import type { Wire } from './wire';

/** The question for the server's position; servers know it by its first words. */
export const ASK_POSITION: Sent = {
  text: 'SELECT (CASE WHEN NOT pg_is_in_recovery() …',
  values: undefined,
};

/** A result after which the transaction is still open. */
interface Open extends Result {
  isLeftOpen?: boolean;
}

/** The answer to the question for the position. Most callers take the position, and few the row. */
class PositionResult implements Open {
  readonly command = 'SELECT';
  readonly rowCount = 1;
  #position: ServerPosition | undefined;
  #rows: readonly object[] | undefined;

  constructor(
    private readonly facts: ServerFacts,
    readonly isLeftOpen: boolean,
  ) {}

  get position(): ServerPosition {
    return (this.#position ??= positionOf(this.facts));
  }

  get rows(): readonly object[] {
    return (this.#rows ??= [positionRow(this.facts)]);
  }
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

  /** Sends one statement. */
  send(statement: Sent): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.wire.send([statement], (answer, broken) => {
        const outcome = this.#outcomeOf(answer, broken);
        if (outcome.status === 'fulfilled') resolve(outcome.value);
        else reject(outcome.reason as Error);
      });
    });
  }

  /** Sends the statements in one packet; resolves when all are answered, or lost. */
  settle(statements: readonly Sent[]): Promise<PromiseSettledResult<Result>[]> {
    const settled: PromiseSettledResult<Result>[] = [];
    if (statements.length === 0) return Promise.resolve(settled);
    const all = new Promise<PromiseSettledResult<Result>[]>((resolve) => {
      this.wire.send(statements, (answer, broken) => {
        settled.push(this.#outcomeOf(answer, broken));
        if (settled.length === statements.length) resolve(settled);
      });
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
    const isLeftOpen = status !== 'I';
    if (facts) return new PositionResult(facts, isLeftOpen);
    // On the result itself: a WeakSet of all results is dear to the garbage collector.
    if (isLeftOpen) (result as Open).isLeftOpen = true;
    return result as Result;
  }
}

/** The position in the answer to the question for it. */
export function positionIn(answer: PromiseSettledResult<Result> | undefined): ServerPosition | undefined {
  return answer?.status === 'fulfilled' && answer.value instanceof PositionResult
    ? answer.value.position
    : undefined;
}

export function statementOf(input: QueryConfig | string, values?: unknown[]): Sent {
  if (typeof input === 'string') return { text: input, values: values as Values | undefined };
  return { text: input.text, values: (values ?? input.values) as Values | undefined };
}
