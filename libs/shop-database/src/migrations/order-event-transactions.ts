import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Notes which transaction has written an event, so that a stream of events can resume without a gap: ids are
 * given when a row is written, and transactions do not commit in that order.
 */
export class OrderEventTransactions1764200000001 implements MigrationInterface {
  name = 'OrderEventTransactions1764200000001';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'ALTER TABLE order_events ADD COLUMN transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id()',
    );
    await queryRunner.query('CREATE INDEX order_events_by_transaction ON order_events (transaction_id, id)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE order_events DROP COLUMN transaction_id');
  }
}
