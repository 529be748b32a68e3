import { DatabaseError } from 'pg';
import type { RowBytes } from '../rows/row-bytes';
import { type RowDescription, RowDescriptions } from '../rows/row-description';
import { HEADER_BYTES, MessageFrames } from './message-frames';

/** Backend messages that a read can receive (PostgreSQL manual, "Message Formats"). */
const PARSE_COMPLETE = 0x31;
const BIND_COMPLETE = 0x32;
const CLOSE_COMPLETE = 0x33;
const NOTIFICATION = 0x41;
const COMMAND_COMPLETE = 0x43;
const DATA_ROW = 0x44;
const ERROR = 0x45;
const COPY_OUT = 0x48;
const EMPTY_QUERY = 0x49;
const NOTICE = 0x4e;
const PARAMETER_STATUS = 0x53;
const ROW_DESCRIPTION = 0x54;
const READY_FOR_QUERY = 0x5a;
const COPY_DONE = 0x63;
const COPY_DATA = 0x64;
const NO_DATA = 0x6e;

/** The receiver of one connection's messages. */
export interface MessageHandler {
  parseComplete(): void;
  bindComplete(): void;
  rowDescription(description: RowDescription): void;
  /** The statement returns no rows. */
  noData?(): void;
  /**
   * The row's columns begin at this position: for each an int32 length (-1 for NULL), then its bytes. `size`:
   * that of the message.
   */
  dataRow(bytes: RowBytes, at: number, columns: number, size: number): void;
  commandComplete(tag: string): void;
  emptyQuery(): void;
  /** `endsSession`: the error ends the backend session, and belongs to no statement. */
  error(error: DatabaseError, endsSession: boolean): void;
  /** `status`: I outside a transaction, T in one, E in one that has failed; as a character code. */
  readyForQuery(status: number): void;
  /** A read cannot cause this message: the connection must not be used any longer. */
  unexpected(code: number): void;
}

const descriptions = new RowDescriptions();

/** Understands the messages of one connection. */
export class MessageReader {
  readonly #frames = new MessageFrames((buffer, at, next) =>
    deliver(this.handler, this.#frames.rows, buffer, at, next),
  );

  constructor(private readonly handler: MessageHandler) {}

  push(chunk: Buffer): void {
    this.#frames.push(chunk);
  }
}

/** Tells the handler of the message in the buffer from `at` until before `next`; `rows` hold it too. */
export function deliver(
  handler: MessageHandler,
  rows: RowBytes,
  buffer: Buffer,
  at: number,
  next: number,
): void {
  const body = at + HEADER_BYTES;
  const code = buffer[at] ?? 0;
  switch (code) {
    case DATA_ROW:
      handler.dataRow(rows, body + 2, buffer.readInt16BE(body), next - at);
      break;
    case COMMAND_COMPLETE:
      handler.commandComplete(buffer.toString('latin1', body, next - 1));
      break;
    case READY_FOR_QUERY:
      handler.readyForQuery(buffer[body] ?? 0);
      break;
    case ROW_DESCRIPTION:
      handler.rowDescription(descriptions.read(buffer, body, next));
      break;
    case PARSE_COMPLETE:
      handler.parseComplete();
      break;
    case EMPTY_QUERY:
      handler.emptyQuery();
      break;
    case ERROR:
      tellError(handler, buffer, body, next - at - 1);
      break;
    case BIND_COMPLETE:
      handler.bindComplete();
      break;
    case NO_DATA:
      handler.noData?.();
      break;
    case CLOSE_COMPLETE:
    case NOTICE:
    case NOTIFICATION:
    case PARAMETER_STATUS:
    // COPY without a stream gives only the number of rows, as in the driver.
    case COPY_OUT:
    case COPY_DATA:
    case COPY_DONE:
      break;
    default:
      handler.unexpected(code);
  }
}

function tellError(handler: MessageHandler, buffer: Buffer, body: number, length: number): void {
  const fields = fieldsOfError(buffer, body);
  handler.error(errorOf(fields, length), ENDS_SESSION.has(fields.get('V') ?? ''));
}

/** Whether the message may come at any time, and belongs to no statement. */
export function isAsynchronous(code: number | undefined): boolean {
  return code === NOTICE || code === NOTIFICATION || code === PARAMETER_STATUS;
}

/** Values of an error's field V, which is not translated, unlike S (since PostgreSQL 9.6). */
const ENDS_SESSION = new Set(['FATAL', 'PANIC']);

/**
 * node-postgres' names of an error's fields, with PostgreSQL's (manual, "Error and Notice Message Fields").
 */
const ERROR_FIELDS = {
  severity: 'S',
  code: 'C',
  detail: 'D',
  hint: 'H',
  position: 'P',
  internalPosition: 'p',
  internalQuery: 'q',
  where: 'W',
  schema: 's',
  table: 't',
  column: 'c',
  dataType: 'd',
  constraint: 'n',
  file: 'F',
  line: 'L',
  routine: 'R',
} as const;

function fieldsOfError(buffer: Buffer, body: number): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  let at = body;
  while (buffer[at] !== 0) {
    const end = buffer.indexOf(0, at + 1);
    values.set(buffer.toString('latin1', at, at + 1), buffer.toString('utf8', at + 1, end));
    at = end + 1;
  }
  return values;
}

function errorOf(values: ReadonlyMap<string, string>, length: number): DatabaseError {
  const error = new DatabaseError(values.get('M') ?? '', length, 'error');
  for (const [name, letter] of Object.entries(ERROR_FIELDS)) {
    error[name as keyof typeof ERROR_FIELDS] = values.get(letter);
  }
  return error;
}
