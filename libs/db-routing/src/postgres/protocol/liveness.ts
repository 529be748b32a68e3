import { Client, type ClientConfig } from 'pg';
import { clientInternals } from './driver-internals';

/**
 * What a backend does that has not answered for long. `works`: on something, or that cannot be told; `idle`: on nothing, so its answer is lost;
 * `unreachable`: its server does not answer either.
 */
export type Liveness = 'works' | 'idle' | 'unreachable';

export interface LivenessOptions {
  /** As of the connection that is asked about. */
  readonly connection: ClientConfig;
  /** Limit for connecting, and again for the answer. */
  readonly timeoutMs: number;
}

/** `is_direct`: behind a pooler the process that a connection was told of is not the one that works for it. */
const ACTIVITY = `
SELECT pg_backend_pid() = $2 AS is_direct,
       coalesce((SELECT state NOT LIKE 'idle%' FROM pg_stat_activity WHERE pid = $1), false) AS works`;

/**
 * Asks the server what one of its backends does, on a connection of its own. How long a statement may take is its caller's affair (a
 * `statement_timeout` may be set in more ways than can be listed): what counts is whether the backend works on it.
 */
export async function livenessOf(processId: number, options: LivenessOptions): Promise<Liveness> {
  const { connection, timeoutMs } = options;
  const client = new Client({
    ...connection,
    connectionTimeoutMillis: timeoutMs,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { processID: own } = clientInternals(client);
    // Said with the query: the connection may have a timeout that is meant for its caller's statements.
    const question = { text: ACTIVITY, values: [processId, own], query_timeout: timeoutMs };
    const { rows } = await client.query<{ is_direct: boolean; works: boolean }>(question);
    const [{ is_direct: isDirect, works } = { is_direct: false, works: true }] = rows;
    return works || !isDirect ? 'works' : 'idle';
  } catch (error) {
    // A server that refuses one connection more is there, and busy.
    return hasAnswered(error) ? 'works' : 'unreachable';
  } finally {
    client.end().catch(() => undefined);
    client.connection.stream.destroy();
  }
}

/** Whether the error has come from a server, in words. */
function hasAnswered(error: unknown): boolean {
  return typeof (error as { severity?: unknown } | null)?.severity === 'string';
}
