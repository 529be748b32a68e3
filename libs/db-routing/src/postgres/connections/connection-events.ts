import type { PoolClient } from 'pg';

/** What the driver's client reports besides answers while a borrower has its connection. */
export class ConnectionEvents {
  #stopForwarding: () => void = () => undefined;

  constructor(
    private readonly client: PoolClient,
    private readonly onError: (error: Error) => void,
  ) {
    client.on('error', onError);
  }

  /** Calls back with each notification and notice of the server. */
  forward(tell: (event: 'notification' | 'notice', message: unknown) => void): void {
    const { client } = this;
    const onNotification = (message: unknown) => tell('notification', message);
    const onNotice = (message: unknown) => tell('notice', message);
    client.on('notification', onNotification);
    client.on('notice', onNotice);
    this.#stopForwarding = () => {
      client.removeListener('notification', onNotification);
      client.removeListener('notice', onNotice);
    };
  }

  /** Reports nothing but errors from now on. */
  stopForwarding(): void {
    this.#stopForwarding();
  }

  /** Reports no errors from now on. */
  stopListening(): void {
    this.client.removeListener('error', this.onError);
  }
}
