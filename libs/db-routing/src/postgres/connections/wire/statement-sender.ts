import type { QueryConfig } from 'pg';
import type { LogPosition } from '../../../engine/position';
import type { NodeAddress } from '../../../engine/node-address';
import { KeptStatementError } from '../../protocol/wire/kept-statement-error';
import type { ClientWire } from './client-wire';
import type { SendOptions, WireUser } from './wire-call';
import type { ExclusiveAnswer } from '../../../engine/node-statement';
import type { LaneRead } from '../../lanes/lane-read';
import { KEPT_POSITION_QUERY, positionIn } from '../../position/position-query';
import { provenPosition } from '../../position/proven-position';
import { sqlStateOf } from '../../sqlstates';
import { queryTimeoutFor, rejectedLate } from '../../protocol/query-timeout';
import type { AnyResult } from '../../protocol/query-types';
import { isControl } from './named-controls';
import type { Turns } from './turns';

/** The connection that sends the statements. */
interface SendingConnection extends WireUser {
  readonly node: NodeAddress;
  readonly isGivenUp: boolean;
  markUnusable(): void;
}

/** What is known about a statement of a transaction. */
export interface StatementUse {
  /** See SendOptions. */
  readonly joins?: boolean;
  /** Whether the transaction runs again if the statement's kept form is at fault. Default false. */
  readonly isRepeatable?: boolean;
  /** Whether the server may keep it. Default true. */
  readonly isKept?: boolean;
}

/** The ways to run a statement that the server has kept. */
interface KeptRun<T> {
  readonly byName: () => Promise<T>;
  readonly plainly: () => Promise<T>;
  /** What must precede the second run, because the first has failed. */
  readonly undo?: () => Promise<void>;
}

/**
 * Sends a statement together with the controls and position queries that belong to it, in one packet. Sends a
 * kept statement a second time, without its name, if the schema may have changed.
 */
export class StatementSender {
  constructor(
    private readonly wire: ClientWire,
    private readonly user: SendingConnection,
    /** `isSingle`: no other statement comes while one runs. */
    private readonly line: { readonly turns: Turns; readonly isSingle: boolean },
  ) {}

  /** See NodeConnection.query. */
  async send(
    config: QueryConfig | string,
    values: unknown[] | undefined,
    controls: readonly string[],
    { joins = false, isRepeatable = false, isKept = true }: StatementUse = {},
  ): Promise<AnyResult> {
    const isFirst = controls.some((control) => control.startsWith('BEGIN'));
    const common = { timeoutMs: this.#timeoutOf(config), joins };
    const once = (mayPrepare: boolean) => this.#sendOnce(config, values, controls, { ...common, mayPrepare });
    if (isRepeatable) return once(true).catch((error: unknown) => this.#forget(error));
    // Inside an open transaction, a failed statement could not be sent again.
    const mayPrepare = isKept && this.wire.inFlight === 0 && (isFirst || !this.wire.isInTransaction);
    if (!mayPrepare || !this.wire.statements?.keeps(config)) return once(mayPrepare);
    return this.#alone({
      byName: () => once(true),
      plainly: () => once(false),
      undo: async () => {
        if (isFirst) await this.wire.send(this.user, 'ROLLBACK', undefined);
      },
    });
  }

  /** Rethrows the error of a statement whose transaction will run again; its next use prepares it again. */
  #forget(error: unknown): never {
    if (error instanceof KeptStatementError) this.wire.statements?.forget(error.entry);
    throw error;
  }

  /**
   * Runs a kept statement by its name. Statements behind it have to wait for its answer: they would overtake
   * it, or fail with it, if it has to be sent again. So if there are any by the end of this turn of the event
   * loop, it is sent without its name instead, in one round trip with them.
   */
  async #alone<T>({ byName, plainly, undo = () => Promise.resolve() }: KeptRun<T>): Promise<T> {
    const { turns, isSingle } = this.line;
    const leave = turns.take();
    let sent: Promise<T>;
    try {
      if (!isSingle) await endOfTurn();
      if (!turns.isAwaited) {
        return await byName().catch((error: unknown) => this.#again(error, () => undo().then(plainly)));
      }
      sent = plainly();
    } finally {
      leave();
    }
    return sent;
  }

  /** As #alone(), on a connection to which no other statement comes: each promise less counts there. */
  #single<T>({ byName, plainly }: KeptRun<T>): Promise<T> {
    const leave = this.line.turns.take();
    return byName().then(
      (answer) => {
        leave();
        return answer;
      },
      (error: unknown) => this.#again(error, plainly).finally(leave),
    );
  }

  /**
   * Called when a run by name has failed. If only the kept form of the statement may be at fault, the outcome
   * of `plainly` counts.
   */
  async #again<T>(kept: unknown, plainly: () => Promise<T>): Promise<T> {
    if (!(kept instanceof KeptStatementError)) throw kept;
    if (this.user.isGivenUp) throw kept.cause;
    try {
      const result = await plainly();
      this.wire.statements?.forget(kept.entry);
      return result;
    } catch (error) {
      // With the same error twice, the values are at fault, not the kept statement.
      if (sqlStateOf(error) !== sqlStateOf(kept.cause)) this.wire.statements?.forget(kept.entry);
      throw error;
    }
  }

  async #sendOnce(
    config: QueryConfig | string,
    values: unknown[] | undefined,
    controls: readonly string[],
    options: SendOptions,
  ): Promise<AnyResult> {
    if (controls.length === 0) return this.wire.send(this.user, config, values, options);
    this.wire.cork();
    const controlled = this.#sendControls(controls, options).then(
      () => undefined,
      (error: unknown) => error,
    );
    const statement = this.wire.send(this.user, config, values, options);
    const [controlError, outcome] = await Promise.all([
      controlled,
      statement.then(
        (result) => ({ result }),
        (error: unknown) => ({ error }),
      ),
    ]);
    if (controlError !== undefined) {
      // After a failed BEGIN, the statement ran outside a transaction, and its result must not be used. After
      // any other failed control, its error only says that the transaction is aborted.
      this.user.markUnusable();
      throw controlError as Error;
    }
    if ('error' in outcome) throw outcome.error as Error;
    return outcome.result;
  }

  #sendControls(controls: readonly string[], { joins }: SendOptions): Promise<unknown> {
    if (joins !== true) return this.wire.send(this.user, controls.join('; '), undefined);
    return Promise.all(controls.map((control) => this.wire.send(this.user, control, undefined, { joins })));
  }

  /** See NodeConnection.ask. */
  ask(read: LaneRead, opening?: readonly string[]): Promise<ExclusiveAnswer> {
    const { wire } = this;
    const status = wire.transactionStatus;
    // The first statement of a transaction can be sent again: in another one, begun in the same way.
    const mayBeginAgain = opening !== undefined && status === 'T';
    const mayPrepare = wire.inFlight === 0 && (status === 'I' || mayBeginAgain);
    if (!mayPrepare || !wire.statements?.keeps(read.input)) return this.#askOnce(read, mayPrepare);
    const run = { byName: () => this.#askOnce(read, true), plainly: () => this.#askOnce(read, false) };
    if (mayBeginAgain) return this.#alone({ ...run, undo: () => this.#beginAgain(opening) });
    return this.line.isSingle ? this.#single(run) : this.#alone(run);
  }

  async #beginAgain(opening: readonly string[]): Promise<void> {
    await Promise.all(['ROLLBACK', ...opening].map((text) => this.wire.send(this.user, text, undefined)));
  }

  #askOnce(read: LaneRead, mayPrepare: boolean): Promise<ExclusiveAnswer> {
    const { input, values, atLeast, wantsPosition = false } = read;
    if (atLeast !== undefined) return this.#askAround(read, atLeast, { mayPrepare });
    // As every write does.
    const options = { mayPrepare, timeoutMs: this.#timeoutOf(input), wantsPosition };
    return this.wire.ask(this.user, input, values, options);
  }

  /**
   * Asks for the position before the statement, to prove `atLeast`, and after it if `wantsPosition` is set.
   */
  async #askAround(read: LaneRead, atLeast: LogPosition, options: SendOptions): Promise<ExclusiveAnswer> {
    const { input, values, wantsPosition = false } = read;
    const timeoutMs = this.#timeoutOf(input);
    this.wire.cork();
    const before = this.wire.send(this.user, KEPT_POSITION_QUERY, undefined);
    const statement = this.wire.send(this.user, input, values, { ...options, timeoutMs });
    const after = wantsPosition ? this.wire.send(this.user, KEPT_POSITION_QUERY, undefined) : undefined;
    const answers = Promise.allSettled([before, statement, after]);
    // A caller whose time is over does not wait for the position either.
    const [asked, result, askedAfter] = await Promise.race([answers, rejectedLate(statement)]);
    if (asked.status === 'rejected') throw asked.reason;
    const known = provenPosition(this.user.node.name, atLeast, asked.value);
    if (result.status === 'rejected') throw result.reason;
    if (!wantsPosition) return { result: result.value, position: known };
    const told = askedAfter.status === 'fulfilled' ? askedAfter.value : undefined;
    return { result: result.value, position: told && positionIn(told) };
  }

  #timeoutOf(input: QueryConfig | string): number | undefined {
    return queryTimeoutFor(input, this.wire.queryTimeoutMs);
  }

  /** See NodeConnection.batch. */
  batch(statements: readonly (string | QueryConfig)[]): Promise<PromiseSettledResult<AnyResult>[]> {
    this.wire.cork();
    const sent = statements.map((statement) => {
      const answer = this.wire.send(this.user, statement, undefined, { joins: isControl(statement) });
      // Each has a Sync of its own: it is answered also if those before it fail.
      this.wire.flush();
      return answer;
    });
    return Promise.allSettled(sent);
  }

  /** Sends the controls of a cursor; resolves when everything sent is answered. */
  async settle(controls: readonly string[]): Promise<void> {
    if (controls.length > 0)
      await this.wire.send(this.user, controls.join('; '), undefined).catch(() => undefined);
    await new Promise<void>((resolve) => this.wire.onceQuiet(resolve));
  }
}

/** Resolves when everything that can go on without input or a timer has done so. */
function endOfTurn(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
