import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Least privilege, by GRANT: what a service's role was not granted, no bug in the service can do. Each service's grants.spec.ts takes
 * every one of these away in turn, and fails for one that the service does not miss.
 */
export class GrantServiceRoles1763500000001 implements MigrationInterface {
  name = 'GrantServiceRoles1763500000001';

  async up(queryRunner: QueryRunner): Promise<void> {
    await requireRoles(queryRunner, ['order_service', 'history_service']);
    for (const { role, privileges, tables } of grants) {
      await queryRunner.query(`GRANT ${privileges} ON ${tables} TO ${role}`);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const { role, privileges, tables } of grants) {
      await queryRunner.query(`REVOKE ${privileges} ON ${tables} FROM ${role}`);
    }
  }
}

const grants = [
  { role: 'order_service', privileges: 'SELECT, UPDATE (stock)', tables: 'products' },
  { role: 'order_service', privileges: 'SELECT, INSERT, UPDATE (status)', tables: 'orders' },
  {
    role: 'order_service',
    privileges: 'SELECT, INSERT',
    tables: 'order_items, order_events, idempotency_keys',
  },
  { role: 'history_service', privileges: 'SELECT', tables: 'orders' },
];

// Roles belong to the cluster and carry passwords, so they are made where it is made, not here.
async function requireRoles(queryRunner: QueryRunner, roles: string[]): Promise<void> {
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
