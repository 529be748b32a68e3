import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Lets every role that can connect read which migrations have run, so that a service can wait for those that
 * its code needs. Their names are no secret.
 */
export class ShowMigrationsToServices1764290000000 implements MigrationInterface {
  name = 'ShowMigrationsToServices1764290000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('GRANT SELECT ON schema_migrations TO PUBLIC');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('REVOKE SELECT ON schema_migrations FROM PUBLIC');
  }
}
