import { PostgresCluster } from '@app/postgres-cluster';
import { migrate, shopDatabase } from '@app/shop-database';
import { Client } from 'pg';
import { environmentFor } from '../../libs/service-kit/test/running-service';
import { SpawnedProcess } from '../../libs/service-kit/test/spawned-process';

describe('migrate --wait', () => {
  let cluster: PostgresCluster;

  beforeAll(async () => {
    cluster = await PostgresCluster.start({ database: shopDatabase, replicas: 2 });
  });
  afterAll(() => cluster.stop());

  const wait = (seconds: number) =>
    SpawnedProcess.start('tools/migrate.ts', {
      environment: environmentFor(cluster, 'history_service'),
      args: [`--wait=${seconds}`],
    });
  const asOwner = async (sql: string) => {
    const client = new Client({ connectionString: cluster.primary.url('migrator') });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };

  it('gives up after the time limit and says what is missing and what to do', async () => {
    const waiting = wait(1);
    expect(await waiting.exit()).toBe(1);
    expect(waiting.stderr).toMatch(
      /^the database lacks CreateShopTables\w+, .*ShowMigrations\w+ after 1 s; run the migrations of this version: node dist\/tools\/migrate\.js$/m,
    );
  });

  it("ends once someone else has migrated, with no more than a service's privileges", async () => {
    const waiting = wait(60);
    await waiting.says('waiting: the database lacks CreateShopTables');
    await migrate(cluster.primary.url('migrator'));
    expect(await waiting.exit()).toBe(0);
    expect(waiting.stdout).toContain('the database has all migrations of this version');
  });

  it('waits for the one migration that an older version did not have, and ignores those of a newer one', async () => {
    await asOwner(`INSERT INTO schema_migrations (timestamp, name) VALUES (9, 'OfANewerVersion9')`);
    await asOwner(`UPDATE schema_migrations SET name = 'Renamed' WHERE name LIKE 'Defer%'`);
    const waiting = wait(60);
    await waiting.says('waiting: the database lacks DeferOrderReferences1764200000000\n');
    await asOwner(
      `UPDATE schema_migrations SET name = 'DeferOrderReferences1764200000000' WHERE name = 'Renamed'`,
    );
    expect(await waiting.exit()).toBe(0);
  });

  it('needs no primary', async () => {
    await cluster.waitForReplication();
    await cluster.primary.kill();
    const waiting = wait(60);
    expect(await waiting.exit()).toBe(0);
  });
});
