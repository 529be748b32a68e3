import type { DatabaseError } from 'pg';
import type { Exchange } from './exchange';
import type { MessageHandler } from '../../protocol/wire/message-reader';
import type { RowBytes } from '../../protocol/rows/row-bytes';
import type { RowDescription } from '../../protocol/rows/row-description';
import { RowShape } from '../../protocol/rows/row-shape';
import type { SentQueue } from './sent-queue';
import type { PreparedEntry } from '../../protocol/wire/prepared-statements';

/** Receives what the messages mean for the lane. */
export interface AnswerReceiver {
  onPrepared(entry: PreparedEntry): void;
  onSegment(done: Exchange[]): void;
  /** Called when the connection can no longer be used. */
  onBroken(error: Error): void;
}

/** Adds the server's messages to the exchanges that they answer. */
export class AnswerReader implements MessageHandler {
  constructor(
    private readonly sent: SentQueue,
    private readonly receiver: AnswerReceiver,
  ) {}

  parseComplete(): void {
    const { isNamed, entry } = this.sent.current;
    if (isNamed && entry) this.receiver.onPrepared(entry);
  }

  bindComplete(): void {
    this.sent.current.isBound = true;
  }

  rowDescription(description: RowDescription): void {
    const exchange = this.sent.current;
    const { pending, entry, isNamed } = exchange;
    const own = pending?.types;
    const shape = own ? new RowShape(description.fields, own) : description.shapeFor(exchange.types);
    exchange.describe(shape);
    const isUsual = pending?.types === undefined && pending?.isBinary !== true;
    if (isNamed && entry && isUsual) entry.shape = shape;
  }

  dataRow(bytes: RowBytes, at: number, columns: number, size: number): void {
    this.sent.current.row(bytes, at, columns, size);
  }

  commandComplete(tag: string): void {
    const exchange = this.sent.current;
    exchange.complete(tag);
    // In the simple protocol, more statements may follow until ReadyForQuery.
    if (!exchange.isSimple) this.sent.advance();
  }

  emptyQuery(): void {
    if (!this.sent.current.isSimple) this.sent.advance();
  }

  error(error: DatabaseError, endsSession: boolean): void {
    if (this.sent.isEmpty || endsSession) this.receiver.onBroken(error);
    else this.sent.fail(error);
  }

  readyForQuery(): void {
    this.receiver.onSegment(this.sent.takeSegment());
  }

  unexpected(code: number): void {
    const message = `the server sent a message 0x${code.toString(16)}, which is not part of the answer to a read`;
    this.receiver.onBroken(new Error(message));
  }
}
