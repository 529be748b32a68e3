import type { PostgresCluster } from '@app/postgres-cluster';
import { Client } from 'pg';
import type { ShopRole } from '../src';

type Query = (text: string, values: unknown[]) => Promise<unknown[]>;

/** How often the server has planned a statement for its values, and how often used the plan for any. */
interface Plans {
  readonly custom: number;
  readonly generic: number;
}

/** Runs statements, each kept prepared as the routed pool keeps it, on one connection to the primary. */
export async function plansOf(
  cluster: PostgresCluster,
  role: ShopRole,
  run: (query: Query) => Promise<void>,
): Promise<Plans[]> {
  const client = new Client({ connectionString: cluster.url(role, { nodes: [cluster.primary] }) });
  await client.connect();
  try {
    const names = new Map<string, string>();
    await run(async (text, values) => {
      const name = names.get(text) ?? `statement_${names.size}`;
      names.set(text, name);
      return (await client.query({ name, text, values })).rows as unknown[];
    });
    const { rows } = await client.query<Plans>(
      'SELECT custom_plans::int AS custom, generic_plans::int AS generic FROM pg_prepared_statements',
    );
    return rows;
  } finally {
    await client.end();
  }
}
