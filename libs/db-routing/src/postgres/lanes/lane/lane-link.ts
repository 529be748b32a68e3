import { Client } from 'pg';
import { sendCancelRequest } from '../../protocol/cancel';
import { type Liveness, livenessOf } from '../../protocol/liveness';
import { startupOptions } from '../../protocol/startup-options';
import { serverOptions } from '../../settings/connection-settings';
import { clientInternals } from '../../protocol/driver-internals';
import type { LaneOptions } from '../lane-read';
import type { TypeSource } from '../../protocol/wire/row-shape';

/**
 * The socket of a lane. The driver connects and authenticates; from then on the lane reads and writes messages itself, as the driver
 * would describe every statement again, write each message by itself and keep statements from sharing a Sync.
 */
export class LaneLink {
  readonly #client: Client;
  readonly #hooks: LaneOptions['hooks'];
  #onBroken: ((error: Error) => void) | undefined;
  #onData: ((chunk: Buffer) => void) | undefined;

  constructor(private readonly options: LaneOptions) {
    this.#hooks = options.hooks;
    this.#client = new Client({
      ...options.connection,
      statement_timeout: options.statementTimeoutMs,
      options: serverOptions(startupOptions('read-committed'), options.connection),
    });
    // A dying socket may report it twice.
    this.#client.on('error', (error) => this.#tellBroken(error));
    this.#client.on('end', () => {
      this.#tellBroken(new Error('Connection terminated'));
      this.#hooks?.removed(this.#client);
    });
  }

  /** Rejects with the driver's error when it cannot be done within `acquireTimeoutMs`. */
  async connect(): Promise<void> {
    try {
      await this.#client.connect();
      await this.#hooks?.prepareShared(this.#client);
    } catch (error) {
      this.destroy();
      throw error;
    }
  }

  /** How the connection's types are parsed where a query does not say. */
  get types(): TypeSource {
    return clientInternals(this.#client)._types;
  }

  /** From now on what the server sends goes to `onData`; `onBroken` is called once, also for a goodbye. */
  takeOver(onData: (chunk: Buffer) => void, onBroken: (error: Error) => void): void {
    this.#onBroken = onBroken;
    this.#onData = onData;
    const { stream } = this.#client.connection;
    const drivers = stream.listeners('data') as ((chunk: Buffer) => void)[];
    stream.on('data', this.#onData);
    for (const listener of drivers) stream.removeListener('data', listener);
    this.unref();
  }

  write(bytes: Buffer): void {
    const { stream } = this.#client.connection;
    if (stream.writable) stream.write(bytes);
  }

  /** The process stays while something is in flight. */
  ref(): void {
    clientInternals(this.#client).ref();
  }

  unref(): void {
    clientInternals(this.#client).unref();
  }

  /** Asks the server to cancel what the connection runs; resolves when it was asked. */
  async cancel(): Promise<void> {
    await sendCancelRequest(this.#client);
  }

  /** What the server does for the connection, asked beside it. */
  async liveness(): Promise<Liveness> {
    const { processID } = clientInternals(this.#client);
    const { connection, acquireTimeoutMs: timeoutMs } = this.options;
    if (processID === null) return 'works';
    return livenessOf(processID, { connection, timeoutMs });
  }

  /** Says goodbye; nothing may be in flight. */
  end(): void {
    this.#onBroken = undefined;
    void this.#client.end();
  }

  destroy(): void {
    this.#onBroken = undefined;
    this.#client.connection.stream.destroy();
  }

  #tellBroken(error: Error): void {
    const tell = this.#onBroken;
    this.#onBroken = undefined;
    tell?.(error);
  }
}
