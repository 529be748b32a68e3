import type { Socket } from 'node:net';
import type { Client, ClientBase } from 'pg';
import { clientInternals, connectionInternals } from '../../protocol/driver-internals';
import { HEADER_BYTES, MessageFrames } from '../../protocol/wire/message-frames';
import { deliver, isAsynchronous, type MessageHandler } from '../../protocol/wire/message-reader';
import { RowQuery } from './row-query';

const DATA_ROW = 0x44;

type DataListener = (chunk: Buffer) => void;

/** One or more statements that were sent past the driver. */
export interface Exchange extends MessageHandler {
  /** Whether the server has answered everything. */
  readonly isOver: boolean;
}

const taps = new WeakMap<ClientBase, RowTap>();

/**
 * Reads what the server sends on a connection of the driver: gives the answer to an Exchange to that, rows to
 * the RowQuery that they answer, and everything else to the driver, in order. The driver would convert each
 * value of each row by itself.
 */
export class RowTap {
  readonly #frames = new MessageFrames((buffer, at, next) => this.#onMessage(buffer, at, next));
  /** Messages for the driver: a part of one buffer. */
  #run: Buffer | undefined;
  #from = 0;
  #to = 0;
  /** Those that are not over, in the order in which they were sent. */
  readonly #exchanges: Exchange[] = [];

  constructor(
    private readonly client: Client,
    private readonly driver: DataListener,
  ) {}

  push(chunk: Buffer): void {
    this.#frames.push(chunk);
    this.#passOn();
  }

  /** The server answers the exchange behind those before it. The driver must have nothing in flight. */
  expect(exchange: Exchange): void {
    this.#exchanges.push(exchange);
  }

  #onMessage(buffer: Buffer, at: number, next: number): void {
    const exchange = this.#exchanges[0];
    if (exchange && !isAsynchronous(buffer[at])) {
      deliver(exchange, this.#frames.rows, buffer, at, next);
      if (exchange.isOver) this.#exchanges.shift();
      return;
    }
    if (buffer[at] === DATA_ROW) {
      // The messages before this one decide which query it answers.
      this.#passOn();
      const query = clientInternals(this.client)._activeQuery;
      if (query instanceof RowQuery) {
        const body = at + HEADER_BYTES;
        query.takeRow(this.#frames.rows, body + 2, buffer.readInt16BE(body));
        return;
      }
    }
    if (this.#run !== buffer || this.#to !== at) {
      this.#passOn();
      this.#run = buffer;
      this.#from = at;
    }
    this.#to = next;
  }

  #passOn(): void {
    const run = this.#run;
    if (!run) return;
    this.#run = undefined;
    this.driver(run.subarray(this.#from, this.#to));
  }
}

/** Call this before the client connects. */
export function tapRows(client: Client): void {
  const connection = connectionInternals(client.connection);
  const attach = connection.attachListeners.bind(connection);
  connection.attachListeners = (stream: Socket) => {
    attach(stream);
    const driver = stream.listeners('data').at(-1) as DataListener;
    const tap = new RowTap(client, driver);
    taps.set(client, tap);
    stream.removeListener('data', driver);
    stream.on('data', (chunk: Buffer) => tap.push(chunk));
  };
}

/** The tap of a connected client; undefined if it has none. */
export function tapOf(client: ClientBase): RowTap | undefined {
  return taps.get(client);
}
