import { Client } from 'pg';
import { sendCancelRequest } from '../../protocol/cancel';
import { type Liveness, livenessOf } from '../../protocol/liveness';
import { followHotStandby, isReallyOnStandby, LeadsToReplicaError } from '../../protocol/hot-standby';
import { startupOptions } from '../../protocol/startup-options';
import { clientInternals } from '../../protocol/driver-internals';
import type { LaneOptions } from '../lane-read';
import type { TypeSource } from '../../protocol/rows/driver-parsers';

/**
 * The socket of a lane. The driver connects and authenticates; then the lane reads and writes messages
 * itself. The driver would describe every statement again, write each message separately, and keep statements
 * from sharing a Sync.
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
      options: startupOptions('reads', options.connection),
    });
    followHotStandby(this.#client);
    // A dying socket may report it twice.
    this.#client.on('error', (error) => this.#tellBroken(error));
    this.#client.on('end', () => {
      this.#tellBroken(new Error('Connection terminated'));
      this.#hooks?.removed(this.#client);
    });
  }

  /**
   * Connects and runs the application's hook. Rejects with the driver's error when connecting fails or takes
   * longer than `acquireTimeoutMs`, with LeadsToReplicaError when the node is the primary and its name leads
   * to a replica, and with ConnectHookError when the hook fails.
   */
  async connect(): Promise<void> {
    try {
      await this.#client.connect();
      const { isReplica, acquireTimeoutMs } = this.options;
      if (isReplica?.() === false && (await isReallyOnStandby(this.#client, acquireTimeoutMs)))
        throw new LeadsToReplicaError();
      await this.#hooks?.prepareShared(this.#client);
    } catch (error) {
      this.destroy();
      throw error;
    }
  }

  /** The type parsers of the connection, for queries that set none. */
  get types(): TypeSource {
    return clientInternals(this.#client)._types;
  }

  /**
   * Passes everything that the server sends from now on to `onData`. Calls `onBroken` once when the
   * connection fails or the server closes it.
   */
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

  /** Keeps the process alive while something is in flight. */
  ref(): void {
    clientInternals(this.#client).ref();
  }

  unref(): void {
    clientInternals(this.#client).unref();
  }

  /** Asks the server to cancel the running statement; resolves when the request was sent. */
  async cancel(): Promise<void> {
    await sendCancelRequest(this.#client);
  }

  /** Asks over another connection what the server is doing for this one. */
  async liveness(): Promise<Liveness> {
    const { processID } = clientInternals(this.#client);
    const { connection, acquireTimeoutMs: timeoutMs } = this.options;
    if (processID === null) return 'works';
    return livenessOf(processID, { connection, timeoutMs });
  }

  /** Closes the connection in an orderly way; nothing may be in flight. */
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
