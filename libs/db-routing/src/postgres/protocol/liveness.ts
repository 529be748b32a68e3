import { Client, type ClientConfig } from 'pg';
import { clientInternals } from './driver-internals';

/**
 * What a backend does that has not answered for long. `works`: it runs a statement, or may run one; `idle`:
 * it runs nothing, so its answer is lost; `unreachable`: its server does not answer either.
 */
export type Liveness = 'works' | 'idle' | 'unreachable';

export interface LivenessOptions {
  /** How the connection in question is made. */
  readonly connection: ClientConfig;
  /** Limit for connecting, and again for the answer. */
  readonly timeoutMs: number;
}

/** `is_direct`: false behind a pooler, where another process serves a connection than its process id says. */
const ACTIVITY = `
SELECT pg_backend_pid() = $2 AS is_direct,
       coalesce((SELECT state NOT LIKE 'idle%' FROM pg_stat_activity WHERE pid = $1), false) AS works`;

/**
 * Asks the server, over a new connection, what one of its backends does. Only that counts, not how long a
 * statement has taken: its caller decides how long it may take, and can set `statement_timeout` in more ways
 * than can be listed.
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
    // The query's own timeout overrides that of the connection string, which is meant for callers'
    // statements.
    const question = { text: ACTIVITY, values: [processId, own], query_timeout: timeoutMs };
    const { rows } = await client.query<{ is_direct: boolean; works: boolean }>(question);
    const [{ is_direct: isDirect, works } = { is_direct: false, works: true }] = rows;
    return works || !isDirect ? 'works' : 'idle';
  } catch (error) {
    // A server that refuses one more connection is alive and busy.
    return hasAnswered(error) ? 'works' : 'unreachable';
  } finally {
    client.end().catch(() => undefined);
    client.connection.stream.destroy();
  }
}

/** Whether a server has sent the error. */
function hasAnswered(error: unknown): boolean {
  return typeof (error as { severity?: unknown } | null)?.severity === 'string';
}
