import { DatabaseError } from 'pg';
import type { RowBytes } from '../../protocol/rows/row-bytes';
import type { RowDescription } from '../../protocol/rows/row-description';
import type { MessageWriter } from '../../protocol/wire/message-writer';
import { type ExchangeOwner, unexpectedMessage } from './kept-exchange';
import type { Exchange } from './row-tap';
import type { StatementExchange } from './statement-exchange';

const ABORTED = 'current transaction is aborted, commands ignored until end of transaction block';
const ABORTED_STATE = '25P02';

/**
 * Statements of one transaction that share a packet and a Sync, so that the server answers all of them in one
 * packet, too. Behind a statement that fails, the server skips the others. They get the error that it would
 * have given them: the transaction is aborted.
 */
export class GroupExchange implements Exchange {
  readonly #members: StatementExchange[] = [];
  #at = 0;
  #failed: StatementExchange | undefined;
  #isOver = false;

  constructor(private readonly owner: ExchangeOwner) {}

  get isOver(): boolean {
    return this.#isOver;
  }

  /** The error of the statement behind which the server has skipped the others. */
  get failure(): Error | undefined {
    return this.#failed?.failure;
  }

  add(statement: StatementExchange): void {
    this.#members.push(statement);
  }

  write(writer: MessageWriter): Buffer {
    for (const member of this.#members) member.write(writer);
    writer.sync();
    return writer.take();
  }

  parseComplete(): void {
    this.#current?.parseComplete();
  }

  bindComplete(): void {
    this.#current?.bindComplete();
  }

  rowDescription(description: RowDescription): void {
    this.#current?.rowDescription(description);
  }

  noData(): void {
    this.#current?.noData();
  }

  dataRow(bytes: RowBytes, at: number, columns: number): void {
    this.#current?.dataRow(bytes, at, columns);
  }

  commandComplete(tag: string): void {
    this.#current?.commandComplete(tag);
    this.#at += 1;
  }

  emptyQuery(): void {
    this.#at += 1;
  }

  error(error: DatabaseError): void {
    // Undefined when the error ends the backend session and the server has answered everything.
    this.#failed = this.#current;
    this.#failed?.error(error);
  }

  readyForQuery(status: number): void {
    this.#isOver = true;
    if (this.#failed) for (const skipped of this.#members.slice(this.#at + 1)) skipped.error(aborted());
    this.owner.onReady(String.fromCharCode(status));
    this.owner.onOver();
  }

  unexpected(code: number): void {
    this.owner.onUnexpected(unexpectedMessage(code));
  }

  get #current(): StatementExchange | undefined {
    return this.#members[this.#at];
  }
}

function aborted(): DatabaseError {
  const error = new DatabaseError(ABORTED, ABORTED.length, 'error');
  error.severity = 'ERROR';
  error.code = ABORTED_STATE;
  return error;
}
