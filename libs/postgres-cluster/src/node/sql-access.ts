import { Client } from 'pg';
import { SUPERUSER } from '../database';

const CONNECT_TIMEOUT_MS = 10_000;

export interface Address {
  readonly host: string;
  readonly port: number;
  readonly password: string;
  readonly database: string;
}

/** Lends a superuser connection and closes it after use, also when the use fails. */
export async function withClient<T>(
  { host, port, password, database }: Address,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client({
    host,
    port,
    user: SUPERUSER,
    password,
    database,
    application_name: 'postgres-cluster',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  // If the node dies meanwhile, the query fails as well and reports the error.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
