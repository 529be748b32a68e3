import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

// The id goes into logs and back into a header, so it may contain only characters that are harmless in both.
const SANE_REQUEST_ID = /^[\w.:/+=-]{1,128}$/;

/** The caller's X-Request-Id if it is acceptable, otherwise a new one. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && SANE_REQUEST_ID.test(given) ? given : randomUUID();
}
