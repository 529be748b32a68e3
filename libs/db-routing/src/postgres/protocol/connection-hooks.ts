import { EventEmitter } from 'node:events';
import type { ClientBase } from 'pg';
import { ConnectHookError } from '../../errors';
import { clientInternals } from './driver-internals';

/** What the application does with each connection, whether statements share it or not, and what it wants to know of it. */
export class ConnectionHooks {
  /** As node-postgres' option: awaited before the connection serves. */
  readonly onConnect: ((client: ClientBase) => Promise<void>) | undefined;

  /** `pool` emits `connect`, `remove` and `error` as node-postgres' pool does. */
  constructor(
    onConnect: ((client: ClientBase) => unknown) | undefined,
    private readonly pool: EventEmitter = new EventEmitter(),
  ) {
    this.onConnect =
      onConnect &&
      (async (client) => {
        try {
          await onConnect(client);
        } catch (cause) {
          throw new ConnectHookError({ cause });
        }
      });
  }

  /** Whether a connection that is cleared of all session state would lack what the application has done to it. */
  get prepareConnections(): boolean {
    return this.onConnect !== undefined || this.pool.listenerCount('connect') > 0;
  }

  /** For a connection whose messages are not the driver's to send any more: resolves when all that was sent is answered. */
  async prepareShared(client: ClientBase): Promise<void> {
    await this.onConnect?.(client);
    this.connected(client);
    if (clientInternals(client).readyForQuery) return;
    await new Promise<void>((resolve) => client.once('drain', resolve));
  }

  /** A new connection, before it serves. */
  connected(client: ClientBase): void {
    this.pool.emit('connect', client);
  }

  /** A connection was closed. */
  removed(client: ClientBase): void {
    this.pool.emit('remove', client);
  }

  /** A connection failed while no one used it. Without a listener node-postgres would end the process; here the monitor has heard of it. */
  failedIdle(error: Error, client: ClientBase): void {
    if (this.pool.listenerCount('error') > 0) this.pool.emit('error', error, client);
  }
}
