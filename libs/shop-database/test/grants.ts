import type { PostgresCluster } from '@app/postgres-cluster';
import type { ServiceRole } from '@app/shop-services';
import { queryAs } from './shop';

/** A role's grants in the shop's tables and sequences, as GRANT writes them: `UPDATE (stock) ON products`. */
export async function grantsTo(cluster: PostgresCluster, role: ServiceRole): Promise<string[]> {
  const rows = await queryAs<{ grant: string }>(
    cluster,
    'migrator',
    `SELECT privilege_type || ' ON ' || relname AS grant
       FROM pg_class, aclexplode(relacl)
      WHERE relnamespace = 'public'::regnamespace AND grantee = $1::regrole
     UNION ALL
     SELECT privilege_type || ' (' || attname || ') ON ' || relname
       FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid, aclexplode(attacl)
      WHERE relnamespace = 'public'::regnamespace AND grantee = $1::regrole
     ORDER BY 1`,
    [role],
  );
  return rows.map(({ grant }) => grant);
}

/**
 * The role's grants that `walk` does not need: no statement of the service uses them. `walk` exercises
 * everything that the service does, and resolves to the status codes.
 */
export async function unneededGrants(
  cluster: PostgresCluster,
  role: ServiceRole,
  walk: () => Promise<number[]>,
): Promise<string[]> {
  const unneeded: string[] = [];
  for (const grant of await grantsTo(cluster, role)) {
    await queryAs(cluster, 'migrator', `REVOKE ${grant} FROM ${role}`);
    try {
      const statuses = await walk();
      if (!statuses.includes(500)) unneeded.push(grant);
    } finally {
      await queryAs(cluster, 'migrator', `GRANT ${grant} TO ${role}`);
    }
  }
  return unneeded;
}
