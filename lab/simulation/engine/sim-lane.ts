import { ConnectionLostError } from 'db-routing';
import type { NodeAnswer, NodeRead, ReadTicket } from '../../../libs/db-routing/src/engine/node-statement';
import type { ServerPosition } from '../../../libs/db-routing/src/engine/position';
import type { QueryConfig } from 'pg';
import { StalePositionError } from '../library';
import type { Answer, Result } from '../world/statement';
import { positionOf } from './positions';
import { ASK_POSITION, statementOf } from './exchange';
import type { Wire } from './wire';

function nothing(): void {
  // Until the promise is made.
}

/** One read of a lane, from its call until it is settled. */
export class LaneRead implements ReadTicket {
  readonly answer: Promise<NodeAnswer>;
  isSettled = false;
  #resolve: (answer: NodeAnswer) => void = nothing;
  #reject: (error: Error) => void = nothing;

  constructor(
    readonly read: NodeRead,
    private readonly onSettled: (read: LaneRead) => void,
  ) {
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  settle(answer: NodeAnswer): void {
    if (this.#isFirst()) this.#resolve(answer);
  }

  fail(error: Error): void {
    if (this.#isFirst()) this.#reject(error);
  }

  cancel(why: Error): void {
    this.fail(why);
  }

  #isFirst(): boolean {
    if (this.isSettled) return false;
    this.isSettled = true;
    this.onSettled(this);
    return true;
  }
}

/** A shared connection: reads travel one behind the other. It knows how far its server had replayed. */
export class Lane {
  /** The last position that this connection has reported; forgotten with the connection. */
  #watermark: ServerPosition | undefined;

  constructor(
    readonly node: string,
    readonly wire: Wire,
  ) {}

  run(ticket: LaneRead): void {
    const { input, values, atLeast, wantsPosition = false } = ticket.read;
    const { wantsPrimary = false, wantsServer = false } = ticket.read;
    const isKnown = atLeast !== undefined && this.#watermark?.log.has(atLeast) === true;
    const isPrimary = this.#watermark?.isReplica === false;
    const proof = isKnown || (wantsPrimary && isPrimary) || wantsServer ? this.#watermark : undefined;
    const mustAsk =
      (atLeast !== undefined && !isKnown) ||
      (wantsPrimary && !isPrimary) ||
      (wantsServer && this.#watermark === undefined);
    const statement = statementOf(input as QueryConfig | string, values);
    const sent = mustAsk ? [ASK_POSITION, statement] : [statement];
    if (wantsPosition) sent.push(ASK_POSITION);
    const answers: Answer[] = [];
    const positions: (ServerPosition | undefined)[] = [];
    this.wire.send(sent, (answer, broken) => {
      if (broken) ticket.fail(new ConnectionLostError(this.node, { cause: broken }));
      else if (answer) {
        answers.push(answer);
        const position = answer.facts && positionOf(answer.facts);
        positions.push(position);
        if (position) this.#watermark = position;
        if (answers.length === sent.length) this.#finish(ticket, answers, positions, mustAsk, proof);
      }
    });
  }

  #finish(
    ticket: LaneRead,
    answers: readonly Answer[],
    positions: readonly (ServerPosition | undefined)[],
    hasAsked: boolean,
    known: ServerPosition | undefined,
  ): void {
    const { atLeast, wantsPosition } = ticket.read;
    const proof = (hasAsked ? positions[0] : undefined) ?? known;
    const answer = answers[hasAsked ? 1 : 0];
    if (atLeast && !proof?.log.has(atLeast)) {
      ticket.fail(new StalePositionError(this.node, atLeast, proof));
      return;
    }
    if (answer?.error) {
      ticket.fail(answer.error);
      return;
    }
    ticket.settle({
      result: answer?.result as Result,
      position: wantsPosition ? positions.at(-1) : proof,
    });
  }
}
