import type { Client, ClientConfig, PoolClient } from 'pg';
import { eventually } from '../support';
import { useLab } from './support';

/** What node-postgres has and its types do not. */
interface Undeclared {
  readonly Client: new (config: ClientConfig) => Client;
  readonly options: ClientConfig;
}

const RUNNING = `SELECT FROM pg_stat_activity
  WHERE state = 'active' AND query LIKE '%pg_sleep(55)%' AND pid <> pg_backend_pid()`;

/** Kysely 0.29 cancels in this way; it needs Node 22, and these tests also run on Node 20. */
describe("a query is cancelled by its backend's process ID, from a client made with the pool's class and options", () => {
  const lab = useLab();

  it.each([
    ['pg_cancel_backend', '57014'],
    ['pg_terminate_backend', 'CONNECTION_LOST'],
  ])('%s', async (how, code) => {
    const client = await lab.pool.connect();
    const pid = await processIdOf(client);
    const failed = expect(client.query('SELECT pg_sleep(55)')).rejects.toMatchObject({ code });
    await eventually('it runs', async () => (await runningQueries()) === 1);
    await asControl(`SELECT ${how}(${pid})`);
    await failed;
    await eventually('nothing runs on any server', async () => (await runningQueries()) === 0);
    client.release(true);
    expect((await lab.pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  async function runningQueries(): Promise<number> {
    const results = await Promise.all(lab.cluster.nodes.map((node) => node.query(RUNNING)));
    return results.reduce((sum, { rowCount }) => sum + (rowCount ?? 0), 0);
  }

  async function asControl(text: string): Promise<void> {
    const { Client: ControlClient, options } = lab.pool as unknown as Undeclared;
    // The password is not enumerable.
    const control = new ControlClient({ ...options, password: options.password! });
    await control.connect();
    await control.query(text).finally(() => control.end());
  }
});

async function processIdOf(client: PoolClient): Promise<number> {
  const { processID } = client as unknown as { readonly processID: number | null };
  if (processID !== null) return processID;
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]!.pid;
}
