import type { ServiceRole } from '@app/shop-services';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { requireRoles } from './require-roles';

/**
 * Least privilege, by GRANT: a bug in a service cannot do what its role was not granted. Each service's
 * grants.spec.ts revokes every one of these in turn, and fails if the service works without it.
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

const grants: readonly { role: ServiceRole; privileges: string; tables: string }[] = [
  { role: 'order_service', privileges: 'SELECT, UPDATE (stock)', tables: 'products' },
  { role: 'order_service', privileges: 'SELECT, INSERT, UPDATE (status)', tables: 'orders' },
  {
    role: 'order_service',
    privileges: 'SELECT, INSERT',
    tables: 'order_items, order_events, idempotency_keys',
  },
  { role: 'history_service', privileges: 'SELECT', tables: 'orders' },
];
