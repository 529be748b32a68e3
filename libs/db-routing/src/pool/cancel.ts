import { type Client, Connection } from 'pg';
import { isSocket } from '../topology/url-hosts';

const DEADLINE_MS = 1000;

/** The parts of node-postgres that are there but not in its type declarations. */
interface ClientInternals {
  readonly processID: number | null;
  readonly secretKey: number | null;
  readonly sslNegotiation: 'postgres' | 'direct';
}

interface ConnectionInternals {
  connect(portOrPath: number | string, host?: string): void;
  requestSsl(): void;
  cancel(processId: number, secretKey: number): void;
}

/**
 * Asks the server to cancel what the client's backend runs, over a connection of its own that is made and encrypted as the client's was. Best effort: it
 * has no answer, and the statement may have ended meanwhile. Resolves when the server has taken it, or after `deadlineMs`.
 */
export function sendCancelRequest(client: Client, deadlineMs = DEADLINE_MS): Promise<void> {
  const { processID, secretKey, sslNegotiation } = client as unknown as ClientInternals;
  if (processID === null || secretKey === null) return Promise.resolve();
  const { ssl, host, port } = client;
  const connection = new Connection({ ssl, sslNegotiation } as never);
  const wire = connection as unknown as ConnectionInternals;
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      connection.stream.destroy();
      resolve();
    };
    const timer = setTimeout(end, deadlineMs);
    // Not closed from here: the server closes when it is done, and a pooler forgets the request of a client that leaves before.
    const cancel = () => wire.cancel(processID, secretKey);
    connection.on('error', end);
    connection.on('end', end);
    connection.on('sslconnect', cancel);
    connection.on('connect', () => {
      if (!ssl) cancel();
      else if (sslNegotiation !== 'direct') wire.requestSsl();
    });
    if (isSocket(host)) wire.connect(`${host}/.s.PGSQL.${port}`);
    else wire.connect(port, host);
  });
}
