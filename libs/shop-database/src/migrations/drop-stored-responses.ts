import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A repeated request is answered from the order itself: what it was answered first never changes. */
export class DropStoredResponses1763500000002 implements MigrationInterface {
  name = 'DropStoredResponses1763500000002';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE idempotency_keys DROP COLUMN response');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE idempotency_keys ADD COLUMN response jsonb');
  }
}
