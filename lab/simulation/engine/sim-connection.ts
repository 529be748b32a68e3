import type { QueryConfig } from 'pg';
import { ConnectionLostError } from 'db-routing';
import type { NodeAddress } from '../../../libs/db-routing/src/engine/node-address';
import type { ExclusiveConnection } from '../../../libs/db-routing/src/engine/node-connections';
import type { NodeAnswer, NodeStatement } from '../../../libs/db-routing/src/engine/node-statement';
import type { ServerPosition } from '../../../libs/db-routing/src/engine/position';
import { StalePositionError } from '../library';
import { socketError } from '../world/errors';
import type { Values } from '../world/sql';
import type { Answer, Result, Sent } from '../world/statement';
import { positionOf, positionRow } from './positions';
import type { SimCursor } from './sim-cursor';
import type { Wire, WireOwner } from './wire';

/** Statuses and limits are those of the real engine: see its NodeConnection and ConnectionReturn. */
const STOP_DEADLINE_MS = 2_000;
const CURSOR_DEADLINE_MS = 1_000;
const CLEANING_DEADLINE_MS = 2_000;

export const ASK_POSITION: Sent = {
  text: 'SELECT (CASE WHEN NOT pg_is_in_recovery() …',
  values: undefined,
};

/** The pool that lends the connection. */
export interface Lender {
  readonly clock: { after(delayMs: number, callback: () => void): { cancel(): void } };
  onLost(error: Error): void;
  /** The wire is whole and clean, and the next borrower may have it. */
  giveBack(connection: SimConnection, wire: Wire): void;
  /** The wire is closed. */
  discard(connection: SimConnection, wire: Wire): void;
}

/** An exclusive connection of the simulated engine. */
export class SimConnection implements ExclusiveConnection, WireOwner {
  hasCursor = false;
  isGivenUp = false;
  #lost: Error | undefined;
  readonly #onLost: ((error: Error) => void)[] = [];
  readonly #leftOpen = new WeakSet<object>();
  readonly #quiet: (() => void)[] = [];
  #waiting: (() => void)[] | undefined;
  #hasState = false;
  #isUnusable = false;
  #isCleaning = false;

  constructor(
    readonly node: NodeAddress,
    readonly wire: Wire,
    readonly isExpendable: boolean,
    private readonly lender: Lender,
  ) {
    wire.owner = this;
  }

  /** Stands for the driver's client, of which a routed client asks only the status. */
  get client(): { getTransactionStatus(): string } {
    return { getTransactionStatus: () => this.wire.status };
  }

  get isInTransaction(): boolean {
    return this.wire.status !== 'I';
  }

  isInTransactionAfter(result: object): boolean {
    return this.#leftOpen.has(result);
  }

  get isQuiet(): boolean {
    return this.wire.inFlight === 0 && !this.#waiting;
  }

  get lost(): Error | undefined {
    return this.#lost;
  }

  onceLost(callback: (error: Error) => void): void {
    if (this.#lost) callback(this.#lostError());
    else this.#onLost.push(callback);
  }

  forward(): void {
    // The servers of the world send no notifications.
  }

  markBackendState({ outlivesDiscard = false }: { readonly outlivesDiscard?: boolean | undefined }): void {
    this.#hasState = true;
    if (outlivesDiscard) this.markUnusable();
  }

  markUnusable(): void {
    this.#isUnusable = true;
  }

  query(config: QueryConfig | string, values: unknown[] | undefined, controls: readonly string[] = []): Promise<object> {
    const sent = [...controls.map(control), statementOf(config, values)];
    return this.#inTurn(async () => {
      const answers = await Promise.allSettled(this.#send(sent));
      // As on the server, everything behind a failed control fails, or runs in no transaction.
      const last = answers.at(-1) as PromiseSettledResult<Result>;
      if (last.status === 'fulfilled') return last.value;
      throw last.reason as Error;
    });
  }

  async ask({ input, values, atLeast, wantsPosition }: NodeStatement): Promise<NodeAnswer> {
    return this.#inTurn(async () => {
      const sent = [statementOf(input as QueryConfig | string, values)];
      if (atLeast) sent.unshift(ASK_POSITION);
      if (wantsPosition) sent.push(ASK_POSITION);
      const answers = await Promise.allSettled(this.#send(sent));
      const before = atLeast ? answers[0] : undefined;
      const result = answers[atLeast ? 1 : 0] as PromiseSettledResult<Result>;
      if (result.status === 'rejected') throw result.reason as Error;
      const proof = before && positionIn(before);
      if (atLeast && !proof?.log.has(atLeast)) throw new StalePositionError(this.node.name, atLeast, proof);
      const after = wantsPosition ? positionIn(answers.at(-1)) : undefined;
      return { result: result.value, position: wantsPosition ? after : proof };
    });
  }

  async position(): Promise<ServerPosition | undefined> {
    return this.#inTurn(async () => {
      const [answer] = this.#send([ASK_POSITION]);
      return (await (answer as Promise<Positioned>)).position;
    });
  }

  batch(statements: readonly (string | QueryConfig)[]): Promise<PromiseSettledResult<object>[]> {
    return this.#inTurn(() => Promise.allSettled(this.#send(statements.map((each) => statementOf(each, undefined)))));
  }

  /** Lends the connection to a cursor, until the cursor is closed. */
  submit(cursor: SimCursor, controls: readonly string[], onClosed: () => void): void {
    void this.#inTurn(async () => {
      this.#waiting = [];
      this.hasCursor = true;
      await Promise.allSettled(this.#send(controls.map(control)));
      cursor.use((sent) => this.#send([sent])[0] as Promise<Result>, () => {
        this.hasCursor = false;
        const waiting = this.#waiting ?? [];
        this.#waiting = undefined;
        for (const start of waiting) start();
        onClosed();
      });
      if (this.#lost) cursor.fail(this.#lostError());
      else this.onceLost((error) => cursor.fail(error));
    });
  }

  async cancel(): Promise<void> {
    if (this.isGivenUp || this.wire.inFlight === 0 || this.wire.broken) return;
    await new Promise<void>((resolve) => {
      const timer = this.lender.clock.after(STOP_DEADLINE_MS, resolve);
      this.wire.cancel(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  stop(why: Error, onStopped: () => void): void {
    const timer = this.lender.clock.after(STOP_DEADLINE_MS, () => this.abandon(why));
    void this.cancel().then(() =>
      this.#onceQuiet(() => {
        timer.cancel();
        onStopped();
      }),
    );
  }

  releaseWhenQuiet(): void {
    const late = this.hasCursor
      ? this.lender.clock.after(CURSOR_DEADLINE_MS, () => this.destroy())
      : undefined;
    void this.#inTurn(async () =>
      this.#onceQuiet(() => {
        late?.cancel();
        this.release();
      }),
    );
  }

  release(): void {
    if (this.isGivenUp || this.#isCleaning) return;
    if (this.#lost || this.#isUnusable || this.wire.inFlight > 0) this.destroy();
    else this.#clean();
  }

  abandon(why: Error): void {
    this.#lost ??= why;
    this.destroy();
    this.#tell();
  }

  destroy(): void {
    if (this.isGivenUp) return;
    this.isGivenUp = true;
    this.wire.close(this.#lost ?? socketError('ECONNRESET'));
    this.lender.discard(this, this.wire);
  }

  onBroken(error: Error): void {
    if (this.#lost) return;
    this.#lost = error;
    if (!this.isGivenUp) this.lender.onLost(error);
    this.#tell();
  }

  onQuiet(): void {
    for (const tell of this.#quiet.splice(0)) tell();
  }

  #clean(): void {
    const texts = this.isInTransaction ? ['ROLLBACK'] : [];
    if (this.#hasState) texts.push('DISCARD ALL');
    if (texts.length === 0) {
      this.#giveBack();
      return;
    }
    this.#isCleaning = true;
    const timer = this.lender.clock.after(CLEANING_DEADLINE_MS, () => this.destroy());
    void this.batch(texts).then((settled) => {
      timer.cancel();
      if (settled.every(({ status }) => status === 'fulfilled') && !this.isInTransaction && !this.#lost) this.#giveBack();
      else this.destroy();
    });
  }

  #giveBack(): void {
    if (this.isGivenUp) return;
    this.isGivenUp = true;
    this.lender.giveBack(this, this.wire);
  }

  #send(statements: readonly Sent[]): Promise<Result>[] {
    const takes: ((answer: Answer | undefined, broken: Error | undefined) => void)[] = [];
    const answers = statements.map(
      () =>
        new Promise<Result>((resolve, reject) => {
          takes.push((answer, broken) => {
            if (broken) reject(this.#asLost(broken));
            else if (answer?.error) reject(answer.error);
            else if (answer) resolve(this.#resultOf(answer));
          });
        }),
    );
    if (statements.length > 0) this.wire.send(statements, takes);
    return answers;
  }

  #resultOf({ result, facts, status }: Answer): Result {
    const given = facts
      ? { ...(result as Result), rows: [positionRow(facts)], position: positionOf(facts) }
      : (result as Result);
    if (status !== 'I') this.#leftOpen.add(given);
    return given;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (!this.#waiting) return work();
    return new Promise((resolve, reject) => this.#waiting?.push(() => void work().then(resolve, reject)));
  }

  #onceQuiet(callback: () => void): void {
    if (this.wire.inFlight === 0) callback();
    else this.#quiet.push(callback);
  }

  #asLost(error: Error): Error {
    this.#lost ??= error;
    return this.#lostError();
  }

  #lostError(): ConnectionLostError {
    return new ConnectionLostError(this.node.name, { cause: this.#lost });
  }

  #tell(): void {
    for (const callback of this.#onLost.splice(0)) callback(this.#lostError());
  }
}

/** The answer to the question for the position. */
interface Positioned extends Result {
  readonly position?: ServerPosition;
}

function positionIn(answer: PromiseSettledResult<Result> | undefined): ServerPosition | undefined {
  return answer?.status === 'fulfilled' ? (answer.value as Positioned).position : undefined;
}

function control(text: string): Sent {
  return { text, values: undefined };
}

export function statementOf(input: QueryConfig | string, values: unknown[] | undefined): Sent {
  if (typeof input === 'string') return { text: input, values: values as Values | undefined };
  return { text: input.text, values: (values ?? input.values) as Values | undefined };
}
