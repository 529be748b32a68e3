import type { MigrationInterface, QueryRunner } from 'typeorm';

const references = [
  { table: 'order_items', constraint: 'order_items_order_id_fkey' },
  { table: 'order_events', constraint: 'order_events_order_id_fkey' },
];

/**
 * Checks at COMMIT that items and events have their order. A transaction can then write them in any order, so
 * it can send them together.
 */
export class DeferOrderReferences1764200000000 implements MigrationInterface {
  name = 'DeferOrderReferences1764200000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const { table, constraint } of references) {
      await queryRunner.query(
        `ALTER TABLE ${table} ALTER CONSTRAINT ${constraint} DEFERRABLE INITIALLY DEFERRED`,
      );
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const { table, constraint } of references) {
      await queryRunner.query(`ALTER TABLE ${table} ALTER CONSTRAINT ${constraint} NOT DEFERRABLE`);
    }
  }
}
