import { connect } from 'node:net';
import type { NodeAddress } from '../topology/connection-url';

/** 1234 and 5678 in the place of a protocol version mark a CancelRequest (PostgreSQL manual, "Message Formats"). */
const CANCEL_REQUEST_CODE = 80877102;
const MESSAGE_LENGTH = 16;

/**
 * Asks the server to cancel what the backend runs, over a connection of its own. Best effort: it has no answer, and the
 * statement may have ended meanwhile. Resolves when the server has taken it, or after `deadlineMs`.
 */
export function sendCancelRequest(
  node: NodeAddress,
  backend: { processId: number; secretKey: number },
  deadlineMs: number,
): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ host: node.host, port: node.port });
    socket.setTimeout(deadlineMs, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve());
    socket.on('connect', () => {
      const message = Buffer.alloc(MESSAGE_LENGTH);
      message.writeInt32BE(MESSAGE_LENGTH, 0);
      message.writeInt32BE(CANCEL_REQUEST_CODE, 4);
      message.writeInt32BE(backend.processId, 8);
      message.writeInt32BE(backend.secretKey, 12);
      // Not closed from here: the server closes when it is done, and a pooler forgets the request of a client that leaves before.
      socket.write(message);
    });
    socket.resume();
  });
}
