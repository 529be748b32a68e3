import type { PostgresCluster } from '@app/postgres-cluster';
import { DataSource } from 'typeorm';
import { shopEntities } from '../src';
import { migratorUrl, queryAs, startShop } from './shop';

interface Column {
  readonly name: string;
  readonly isNullable: boolean;
  readonly hasDefault: boolean;
}

describe('the entities', () => {
  let cluster: PostgresCluster;
  let dataSource: DataSource;

  beforeAll(async () => {
    cluster = await startShop({ replicas: 0 });
    const options = { type: 'postgres', url: migratorUrl(cluster), entities: shopEntities } as const;
    dataSource = await new DataSource(options).initialize();
  });
  afterAll(async () => {
    await dataSource.destroy();
    await cluster.stop();
  });

  it('have the columns that the migrations make, except those that the database fills in', async () => {
    expect(dataSource.entityMetadatas).toHaveLength(shopEntities.length);
    for (const { tableName, columns } of dataSource.entityMetadatas) {
      const made = await queryAs<Column>(
        cluster,
        'migrator',
        `SELECT column_name AS name, is_nullable = 'YES' AS "isNullable", column_default IS NOT NULL AS "hasDefault"
           FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1`,
        [tableName],
      );
      const own = columns.map(({ databaseName, isNullable }) => `${databaseName} ${isNullable}`).sort();
      const expected = made
        .filter(({ name, hasDefault }) => !hasDefault || columns.some((each) => each.databaseName === name))
        .map(({ name, isNullable }) => `${name} ${isNullable}`)
        .sort();
      expect([tableName, own]).toEqual([tableName, expected]);
    }
  });
});
