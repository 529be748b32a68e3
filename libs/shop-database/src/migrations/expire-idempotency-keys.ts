import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lets the order service find and delete the oldest keys. */
export class ExpireIdempotencyKeys1764200000002 implements MigrationInterface {
  name = 'ExpireIdempotencyKeys1764200000002';

  async up(queryRunner: QueryRunner): Promise<void> {
    // Every key stands for an order.
    await queryRunner.query('DELETE FROM idempotency_keys WHERE order_id IS NULL');
    await queryRunner.query('ALTER TABLE idempotency_keys ALTER COLUMN order_id SET NOT NULL');
    await queryRunner.query('CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at)');
    // SELECT … FOR UPDATE needs a privilege to update, although nothing is updated.
    await queryRunner.query('GRANT DELETE, UPDATE (created_at) ON idempotency_keys TO order_service');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('REVOKE DELETE, UPDATE (created_at) ON idempotency_keys FROM order_service');
    await queryRunner.query('DROP INDEX idempotency_keys_by_age');
    await queryRunner.query('ALTER TABLE idempotency_keys ALTER COLUMN order_id DROP NOT NULL');
  }
}
