import type { PoolClient } from 'pg';
import type { Bag, Bagged } from '../../../bag';
import { clientInternals } from '../../protocol/driver-internals';
import type { ExchangeOwner } from './kept-exchange';

/** What the exchanges of one connection have in common. */
export interface ExchangeLine {
  readonly client: PoolClient;
  /** The exchanges that are not over. */
  readonly underWay: Bag<ExchangeUnderWay>;
  /** Called when the server answers. */
  readonly onAnswer: () => void;
}

/** `lost`: why the connection broke, if it did; `status`: that of the first answer, if there was one. */
type OnExchangeOver = (lost: Error | undefined, status: string | undefined) => void;

/** Waits for the end of one exchange: its answers, or the loss of its connection. */
export class ExchangeUnderWay implements ExchangeOwner, Bagged {
  /** See Bagged. */
  at = 0;
  #status: string | undefined;

  constructor(
    private readonly line: ExchangeLine,
    private readonly onExchangeOver: OnExchangeOver,
  ) {
    line.underWay.add(this);
  }

  /** See ExchangeOwner. */
  onReady(status: string): void {
    this.#status ??= status;
    clientInternals(this.line.client)._txStatus = status;
    this.line.onAnswer();
  }

  /** See ExchangeOwner. */
  onOver(): void {
    this.end(undefined);
  }

  /** See ExchangeOwner. */
  onUnexpected(error: Error): void {
    this.line.client.connection.stream.destroy(error);
  }

  /** `lost`: why the connection broke, if it did. Does nothing once the exchange is over. */
  end(lost: Error | undefined): void {
    if (this.line.underWay.delete(this)) this.onExchangeOver(lost, this.#status);
  }
}
