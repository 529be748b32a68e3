import type { ServiceRole } from '@app/shop-services';
import type { QueryRunner } from 'typeorm';

/**
 * Roles belong to the cluster and have passwords, so the code that creates the cluster creates them.
 *
 * @throws Error naming the roles that are missing
 */
export async function requireRoles(queryRunner: QueryRunner, roles: readonly ServiceRole[]): Promise<void> {
  const found = (await queryRunner.query('SELECT rolname FROM pg_roles WHERE rolname = ANY($1)', [
    roles,
  ])) as { rolname: string }[];
  const missing = roles.filter((role) => !found.some(({ rolname }) => rolname === role));
  if (missing.length > 0) {
    throw new Error(
      `missing in this PostgreSQL cluster: role ${missing.join(', role ')}; ` +
        `create each (CREATE ROLE … LOGIN PASSWORD …) before migrating`,
    );
  }
}
