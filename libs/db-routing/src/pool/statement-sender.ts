import type { QueryConfig } from 'pg';
import { OutdatedPlanError } from '../errors';
import type { NodeAddress } from '../topology/connection-url';
import type { ClientWire, WireUser } from './client-wire';
import type { LaneAnswer, LaneRead } from './lanes/lane-read';
import { POSITION_QUERY, positionIn } from './lanes/position-query';
import { StalePositionError } from './lanes/stale-position-error';
import type { AnyResult } from './query-types';
import type { Turns } from './turns';

/** The connection that the statements are for. */
interface SendingConnection extends WireUser {
  readonly node: NodeAddress;
  readonly isGivenUp: boolean;
  markUnusable(): void;
}

/** Sends statements with what travels beside them in the same packet, and sends those again whose plan has become outdated. */
export class StatementSender {
  constructor(
    private readonly wire: ClientWire,
    private readonly user: SendingConnection,
    private readonly turns: Turns,
  ) {}

  /** `controls` travel before it in the same packet. */
  async send(
    config: QueryConfig | string,
    values: unknown[] | undefined,
    controls: readonly string[],
    isPlain = false,
  ): Promise<AnyResult> {
    const answer = this.#sendOnce(config, values, controls, isPlain);
    const { sent } = this.wire;
    try {
      return await answer;
    } catch (error) {
      if (isPlain || !(error instanceof OutdatedPlanError)) throw error;
      // Nothing of it was executed. What came before it in its transaction is lost, though, if there was anything.
      const isFirst = controls.some((control) => control.startsWith('BEGIN'));
      if (!isFirst && this.wire.isInTransaction) throw error;
      if (!isFirst) return this.send(config, values, controls, true);
      // What was sent behind it has failed with it, and nobody would send that again.
      if (this.wire.sent > sent || this.turns.isTaken) throw error;
      return this.#beginAgain(error, config, values, controls);
    }
  }

  async #beginAgain(
    error: Error,
    config: QueryConfig | string,
    values: unknown[] | undefined,
    controls: readonly string[],
  ): Promise<AnyResult> {
    // What comes meanwhile waits: between ROLLBACK and the next BEGIN it would run outside of any transaction.
    const leave = this.turns.take();
    let again: Promise<AnyResult>;
    try {
      await this.wire.send(this.user, 'ROLLBACK', undefined);
      if (this.user.isGivenUp) throw error;
      again = this.send(config, values, controls, true);
    } finally {
      leave();
    }
    return again;
  }

  async #sendOnce(
    config: QueryConfig | string,
    values: unknown[] | undefined,
    controls: readonly string[],
    isPlain: boolean,
  ): Promise<AnyResult> {
    if (controls.length === 0) return this.wire.send(this.user, config, values, isPlain);
    this.wire.cork();
    const controlled = this.wire.send(this.user, controls.join('; '), undefined).then(
      () => undefined,
      (error: unknown) => error,
    );
    const [controlError, outcome] = await Promise.all([
      controlled,
      this.wire.send(this.user, config, values, isPlain).then(
        (result) => ({ result }),
        (error: unknown) => ({ error }),
      ),
    ]);
    if (controlError !== undefined) {
      // A statement whose BEGIN failed has run outside of any transaction: its result is worth nothing, and an
      // aborted transaction only repeats what the control has said first.
      this.user.markUnusable();
      throw controlError as Error;
    }
    if ('error' in outcome) throw outcome.error as Error;
    return outcome.result;
  }

  /** With the question how far the server's data reaches, before it and after it as it asks for. Rejects with StalePositionError too. */
  async ask(read: LaneRead, isPlain = false): Promise<LaneAnswer> {
    const { input, values, atLeast, wantsPosition = false } = read;
    this.wire.cork();
    const [before, result, after] = await Promise.allSettled([
      atLeast === undefined ? undefined : this.wire.send(this.user, POSITION_QUERY, undefined),
      this.wire.send(this.user, input, values, isPlain),
      wantsPosition ? this.wire.send(this.user, POSITION_QUERY, undefined) : undefined,
    ]);
    if (atLeast !== undefined) {
      if (before.status === 'rejected') throw before.reason;
      const position = positionIn(before.value as AnyResult);
      if (!position || position.lsn < atLeast)
        throw new StalePositionError(this.user.node.name, atLeast, position);
    }
    if (result.status === 'rejected') {
      if (isPlain || !(result.reason instanceof OutdatedPlanError) || this.user.isGivenUp)
        throw result.reason;
      return this.ask(read, true);
    }
    const told = wantsPosition ? after : before;
    const position = told.status === 'fulfilled' && told.value ? positionIn(told.value) : undefined;
    return { result: result.value, position };
  }

  /** For a cursor: sends its controls, and resolves when all that was sent is answered. */
  async settle(controls: readonly string[]): Promise<void> {
    if (controls.length > 0)
      await this.wire.send(this.user, controls.join('; '), undefined).catch(() => undefined);
    await new Promise<void>((resolve) => this.wire.onceQuiet(resolve));
  }
}
