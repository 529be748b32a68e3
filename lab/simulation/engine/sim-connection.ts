import type { QueryConfig } from 'pg';
import type { NodeAddress } from '../../../libs/db-routing/src/engine/node-address';
import type { ExclusiveConnection } from '../../../libs/db-routing/src/engine/node-connections';
import type { ExclusiveAnswer, ExclusiveStatement } from '../../../libs/db-routing/src/engine/node-statement';
import type { ServerPosition } from '../../../libs/db-routing/src/engine/position';
import { StalePositionError } from '../library';
import { socketError } from '../world/errors';
import type { Result } from '../world/statement';
import { ASK_POSITION, Exchange, positionIn, statementOf } from './exchange';
import type { SimCursor } from './sim-cursor';
import type { Wire, WireOwner } from './wire';

/** The limits are those of the real engine: see its NodeConnection and ConnectionReturn. */
const STOP_DEADLINE_MS = 2_000;
const CURSOR_DEADLINE_MS = 1_000;
const CLEANING_DEADLINE_MS = 2_000;
const BEGIN_READ_ONLY = statementOf('BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY');
const COMMIT = statementOf('COMMIT');

/** The pool that lends the connection. */
export interface Lender {
  readonly clock: { after(delayMs: number, callback: () => void): { cancel(): void } };
  onLost(error: Error): void;
  /** The wire is whole and clean, and the next borrower may have it. */
  giveBack(connection: SimConnection): void;
  /** The wire is closed. */
  discard(connection: SimConnection): void;
}

/**
 * An exclusive connection of the simulated engine. To the code of the pool it is what a NodeConnection of the
 * PostgreSQL engine is, and it ends in the same ways.
 */
export class SimConnection implements ExclusiveConnection, WireOwner {
  hasCursor = false;
  isGivenUp = false;
  readonly #exchange: Exchange;
  #hasState = false;
  #isUnusable = false;
  #isCleaning = false;

  constructor(
    readonly node: NodeAddress,
    readonly wire: Wire,
    readonly isExpendable: boolean,
    private readonly lender: Lender,
  ) {
    this.#exchange = new Exchange(node.name, wire);
    wire.owner = this;
  }

  /** Stands for the driver's client, of which a routed client asks only the status. */
  get client(): { getTransactionStatus(): string } {
    return { getTransactionStatus: () => this.wire.status };
  }

  get isInTransaction(): boolean {
    return this.wire.status !== 'I';
  }

  get isQuiet(): boolean {
    return this.wire.inFlight === 0 && !this.#exchange.isTaken;
  }

  get lost(): Error | undefined {
    return this.#exchange.lost;
  }

  onceLost(callback: (error: Error) => void): void {
    this.#exchange.onceLost(callback);
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

  query(
    config: QueryConfig | string,
    values: unknown[] | undefined,
    controls: readonly string[] = [],
  ): Promise<object> {
    const sent = controls.map((text) => statementOf(text));
    sent.push(statementOf(config, values));
    return this.#exchange.inTurn(() =>
      this.#exchange.settle(sent).then((answers) => {
        const last = answers.at(-1) as PromiseSettledResult<Result>;
        if (last.status === 'fulfilled') return last.value;
        throw last.reason as Error;
      }),
    );
  }

  async ask({
    input,
    values,
    atLeast,
    wantsPosition,
    isReadOnly = false,
  }: ExclusiveStatement): Promise<ExclusiveAnswer> {
    return this.#exchange.inTurn(() => {
      const statement = statementOf(input as QueryConfig | string, values);
      const sent = atLeast ? [ASK_POSITION, statement] : [statement];
      if (wantsPosition) sent.push(ASK_POSITION);
      const inBlock = isReadOnly && !this.wire.backend.isReadOnlyByDefault;
      const block = inBlock ? [BEGIN_READ_ONLY, ...sent, COMMIT] : sent;
      return this.#exchange.settle(block).then((settled): ExclusiveAnswer => {
        const answers = inBlock ? settled.slice(1, -1) : settled;
        const result = answers[atLeast ? 1 : 0] as PromiseSettledResult<Result>;
        if (result.status === 'rejected') throw result.reason as Error;
        const proof = atLeast ? positionIn(answers[0]) : undefined;
        if (atLeast && !proof?.log.has(atLeast)) throw new StalePositionError(this.node.name, atLeast, proof);
        // In a block of its own, COMMIT has followed.
        const isOpen = !inBlock && this.#exchange.hasLeftOpen(result.value);
        return { result: result.value, position: wantsPosition ? positionIn(answers.at(-1)) : proof, isOpen };
      });
    });
  }

  async position(): Promise<ServerPosition | undefined> {
    const [answer] = await this.#exchange.inTurn(() => this.#exchange.settle([ASK_POSITION]));
    if (answer?.status === 'rejected') throw answer.reason as Error;
    return positionIn(answer);
  }

  batch(statements: readonly (string | QueryConfig)[]): Promise<PromiseSettledResult<object>[]> {
    const sent = statements.map((each) => statementOf(each));
    return this.#exchange.inTurn(() => this.#exchange.settle(sent));
  }

  /** Lends the connection to a cursor, until the cursor is closed. */
  submit(cursor: SimCursor, controls: readonly string[], onClosed: () => void): void {
    const exchange = this.#exchange;
    void exchange.inTurn(async () => {
      const leave = exchange.take();
      this.hasCursor = true;
      await exchange.settle(controls.map((text) => statementOf(text)));
      cursor.use(
        (sent) => exchange.send(sent),
        () => {
          this.hasCursor = false;
          leave();
          onClosed();
        },
      );
      exchange.onceLost((error) => cursor.fail(error));
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
      this.#exchange.onceQuiet(() => {
        timer.cancel();
        onStopped();
      }),
    );
  }

  releaseWhenQuiet(): void {
    const late = this.hasCursor
      ? this.lender.clock.after(CURSOR_DEADLINE_MS, () => this.destroy())
      : undefined;
    void this.#exchange.inTurn(async () =>
      this.#exchange.onceQuiet(() => {
        late?.cancel();
        this.release();
      }),
    );
  }

  release(): void {
    if (this.isGivenUp || this.#isCleaning) return;
    if (this.lost || this.#isUnusable || this.wire.inFlight > 0) this.destroy();
    else this.#clean();
  }

  abandon(why: Error): void {
    this.#exchange.recordLoss(why);
    this.destroy();
    this.#exchange.tellLost();
  }

  destroy(): void {
    if (this.isGivenUp) return;
    this.isGivenUp = true;
    this.wire.close(this.lost ?? socketError('ECONNRESET'));
    this.lender.discard(this);
  }

  onBroken(error: Error): void {
    if (this.lost) return;
    this.#exchange.recordLoss(error);
    if (!this.isGivenUp) this.lender.onLost(error);
    this.#exchange.tellLost();
  }

  onQuiet(): void {
    this.#exchange.tellQuiet();
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
      const isClean = settled.every(({ status }) => status === 'fulfilled') && !this.isInTransaction;
      if (isClean && !this.lost) this.#giveBack();
      else this.destroy();
    });
  }

  #giveBack(): void {
    if (this.isGivenUp) return;
    this.isGivenUp = true;
    this.lender.giveBack(this);
  }
}
