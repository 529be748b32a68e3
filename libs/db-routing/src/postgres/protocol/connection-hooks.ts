import { EventEmitter } from 'node:events';
import type { ClientBase } from 'pg';
import { ConnectHookError } from '../../errors';
import { clientInternals } from './driver-internals';

/** What the application does with each connection, exclusive or lane, and which of its events it hears. */
export class ConnectionHooks {
  /**
   * The option of node-postgres, which awaits it before the connection serves. Throws ConnectHookError when
   * the application's function throws.
   */
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

  /** Whether DISCARD ALL would undo what the application has done to a connection. */
  get prepareConnections(): boolean {
    return this.onConnect !== undefined || this.pool.listenerCount('connect') > 0;
  }

  /**
   * Prepares a connection that the driver will hand over to a lane. Resolves when everything sent is
   * answered.
   */
  async prepareShared(client: ClientBase): Promise<void> {
    await this.onConnect?.(client);
    this.connected(client);
    if (clientInternals(client).readyForQuery) return;
    await new Promise<void>((resolve) => client.once('drain', resolve));
  }

  /** A connection is new, and does not serve yet. */
  connected(client: ClientBase): void {
    this.pool.emit('connect', client);
  }

  /** A connection was closed. */
  removed(client: ClientBase): void {
    this.pool.emit('remove', client);
  }

  /**
   * An idle connection broke. Without a listener the event would end the process; the monitor checks the
   * node.
   */
  failedIdle(error: Error, client: ClientBase): void {
    if (this.pool.listenerCount('error') > 0) this.pool.emit('error', error, client);
  }
}
