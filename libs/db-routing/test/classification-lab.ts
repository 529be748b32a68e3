import type { PostgresCluster } from '@app/postgres-cluster';
import { Client } from 'pg';
import {
  CATALOG_SQL,
  catalogFromRows,
  type CatalogRow,
} from '../src/postgres/classify/catalog/catalog-query';
import { StatementClassifier } from '../src/postgres/classify/classifier';
import { FIXTURE_SQL } from './classification-table';
import { startCluster } from './test-cluster';

/** The outcome of a statement on the replica. */
export type Outcome =
  | { readonly verdict: 'ran' }
  | { readonly verdict: 'left-something'; readonly what: string }
  /** `left`: what it still left in the backend session. */
  | { readonly verdict: 'failed'; readonly code: string; readonly message: string; readonly left?: string };

/** SQLSTATEs by which a replica says that the statement needs the primary. */
export const REPLICA_REFUSALS: ReadonlySet<string> = new Set(['25006', '0A000', '55000']);

/** Everything that a statement can leave behind in the backend session, as one text. */
const TRACE = `SELECT jsonb_build_object(
  'locks', (SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory'),
  'prepared', (SELECT jsonb_agg(name) FROM pg_prepared_statements),
  'cursors', (SELECT jsonb_agg(name) FROM pg_cursors WHERE name <> ''),
  'settings', (SELECT jsonb_object_agg(name, setting) FROM pg_settings WHERE source = 'session' AND name !~ '^transaction_'),
  'tenant', COALESCE(current_setting('app.tenant', true), ''),
  'user', session_user || '/' || current_user,
  'channels', (SELECT jsonb_agg(c) FROM pg_listening_channels() c)
)::text AS trace`;

const SEARCH_PATH = '-c search_path=lab,public';

/**
 * A primary and a replica with the fixture, a classifier that knows its catalog, and a connection for trials.
 */
export class Lab implements AsyncDisposable {
  readonly #clients = new Map<string, { client: Client; trace: string }>();

  private constructor(
    readonly cluster: PostgresCluster,
    readonly classifier: StatementClassifier,
    readonly catalogRows: readonly CatalogRow[],
    readonly catalogSignature: string,
  ) {}

  static async start(): Promise<Lab> {
    await StatementClassifier.load();
    const cluster = await startCluster({
      replicas: 1,
      settings: { max_prepared_transactions: '10' },
    });
    try {
      await cluster.primary.query(FIXTURE_SQL);
      await cluster.waitForReplication();
      const { rows } = await cluster.replicas[0]!.query<CatalogRow & object>(CATALOG_SQL);
      const catalog = catalogFromRows(rows);
      return new Lab(cluster, new StatementClassifier({ catalog }), rows, catalog.signature);
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  get majorVersion(): number {
    return Number.parseInt(this.cluster.serverVersion, 10);
  }

  /** Runs a text in autocommit on the replica, on a connection without backend session state. */
  async tryOnReplica(text: string, role = ''): Promise<Outcome> {
    const { client, trace } = this.#clients.get(role) ?? (await this.#connect(role));
    const failure = await client.query(text).then(
      () => undefined,
      (error: unknown) => error as Error & { code?: string },
    );
    const left = await leftOn(client);
    if (left !== trace) await this.#disconnect(role);
    if (failure !== undefined) {
      const failed = { verdict: 'failed', code: failure.code ?? '', message: failure.message } as const;
      return left === trace ? failed : { ...failed, left };
    }
    return left === trace ? { verdict: 'ran' } : { verdict: 'left-something', what: left };
  }

  /** The SQLSTATE that the primary gives for a text, or undefined. Rolls everything back. */
  async failureOnPrimary(text: string): Promise<string | undefined> {
    const client = new Client({
      connectionString: this.cluster.primary.url('postgres'),
      options: SEARCH_PATH,
    });
    await client.connect();
    try {
      await client.query('BEGIN');
      await client.query(text);
      return undefined;
    } catch (error) {
      return (error as { code?: string }).code ?? '';
    } finally {
      await client.end();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const role of [...this.#clients.keys()]) await this.#disconnect(role);
    await this.cluster.stop();
  }

  async #connect(role: string): Promise<{ client: Client; trace: string }> {
    const client = new Client({
      connectionString: this.cluster.replicas[0]!.url('postgres'),
      options: `${SEARCH_PATH} -c statement_timeout=10s${role === '' ? '' : ` -c role=${role}`}`,
    });
    client.on('error', () => undefined);
    await client.connect();
    const connection = { client, trace: await traceOf(client) };
    this.#clients.set(role, connection);
    return connection;
  }

  async #disconnect(role: string): Promise<void> {
    const connection = this.#clients.get(role);
    this.#clients.delete(role);
    await connection?.client.end();
  }
}

/**
 * A failed query rejects before the server has reported the transaction status, so the status is read after
 * one more query.
 */
async function leftOn(client: Client): Promise<string> {
  try {
    const trace = await traceOf(client);
    return client.getTransactionStatus() === 'I' ? trace : 'an open transaction';
  } catch {
    return 'a failed transaction';
  }
}

async function traceOf(client: Client): Promise<string> {
  const { rows } = await client.query<{ trace: string }>(TRACE);
  return rows[0]!.trace;
}
