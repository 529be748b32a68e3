import { type Client, Connection } from 'pg';
import { systemClock } from '../../clock';
import { isSocket } from '../../engine/node-address';
import { clientInternals, connectionInternals } from './driver-internals';

const DEADLINE_MS = 1000;

/**
 * Asks the server to cancel what the client's backend runs, over a second connection that is made and
 * encrypted like the client's. Best effort: the server does not answer, and the statement may have ended
 * meanwhile. Resolves when the server has taken the request, or after `deadlineMs`.
 */
export function sendCancelRequest(client: Client, deadlineMs = DEADLINE_MS): Promise<void> {
  const { processID, secretKey, sslNegotiation } = clientInternals(client);
  if (processID === null || secretKey === null) return Promise.resolve();
  const { ssl, host, port } = client;
  const connection = new Connection({ ssl, sslNegotiation } as never);
  const wire = connectionInternals(connection);
  return new Promise((resolve) => {
    const end = () => {
      timer.cancel();
      connection.stream.destroy();
      resolve();
    };
    const timer = systemClock.after(deadlineMs, end);
    // The server closes the connection when it is done. A pooler drops the request of a client that closes it
    // first.
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
