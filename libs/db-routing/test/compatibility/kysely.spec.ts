import { type Generated, Kysely, Migrator, PostgresDialect, sql } from 'kysely';
import Cursor from 'pg-cursor';
import { routesOf, useLab } from './support';

interface Database {
  person: { id: Generated<number>; name: string; age: number };
}

describe('Kysely', () => {
  const lab = useLab();
  let db: Kysely<Database>;

  beforeAll(async () => {
    db = new Kysely<Database>({ dialect: new PostgresDialect({ pool: lab.pool, cursor: Cursor }) });
    await db.schema
      .createTable('person')
      .addColumn('id', 'serial', (column) => column.primaryKey())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('age', 'integer', (column) => column.notNull())
      .execute();
  });
  beforeEach(() => sql`TRUNCATE person`.execute(db));

  it('reads from replicas and writes to the primary', async () => {
    const routes = await routesOf(lab.routed, async () => {
      const { id } = await db
        .insertInto('person')
        .values({ name: 'Ada', age: 36 })
        .returning('id')
        .executeTakeFirstOrThrow();
      const result = await db.updateTable('person').set({ age: 37 }).where('id', '=', id).executeTakeFirst();
      expect(result.numUpdatedRows).toBe(1n);
    });
    expect(routes.map((route) => route.split(':')[0])).toEqual(['primary', 'primary']);
    await lab.cluster.waitForReplication();
    const reads = await routesOf(lab.routed, async () => {
      expect(await db.selectFrom('person').select(['name', 'age']).execute()).toEqual([
        { name: 'Ada', age: 37 },
      ]);
    });
    expect(reads).toEqual([expect.stringMatching(/^replica: select/)]);
  });

  it('runs transactions, their savepoints, and controlled ones', async () => {
    await db
      .transaction()
      .setIsolationLevel('serializable')
      .execute(async (trx) => {
        await trx.insertInto('person').values({ name: 'in', age: 1 }).execute();
        expect(await trx.selectFrom('person').selectAll().execute()).toHaveLength(1);
      });
    const failing = db.transaction().execute(async (trx) => {
      await trx.insertInto('person').values({ name: 'out', age: 2 }).execute();
      throw new Error('on purpose');
    });
    await expect(failing).rejects.toThrow('on purpose');

    const trx = await db.startTransaction().execute();
    await trx.insertInto('person').values({ name: 'kept', age: 3 }).execute();
    const inner = await trx.savepoint('inner').execute();
    await inner.insertInto('person').values({ name: 'gone', age: 4 }).execute();
    await inner.rollbackToSavepoint('inner').execute();
    await trx.commit().execute();
    const names = await db
      .transaction()
      .execute((t) => t.selectFrom('person').select('name').orderBy('name').execute());
    expect(names).toEqual([{ name: 'in' }, { name: 'kept' }]);
  });

  it('keeps one connection for `connection()`', async () => {
    await db.connection().execute(async (one) => {
      await sql`SET application_name = 'mine'`.execute(one);
      const { rows } = await sql<{
        name: string;
      }>`SELECT current_setting('application_name') AS name`.execute(one);
      expect(rows).toEqual([{ name: 'mine' }]);
    });
  });

  it('migrates up and down, and two migrators at once do it once', async () => {
    const migrator = () =>
      new Migrator({
        db,
        provider: {
          getMigrations: () =>
            Promise.resolve({
              '1_pets': {
                up: (to: Kysely<Database>) =>
                  to.schema.createTable('pet').addColumn('name', 'text').execute(),
                down: (to: Kysely<Database>) => to.schema.dropTable('pet').execute(),
              },
            }),
        },
      });
    const both = await Promise.all([migrator().migrateToLatest(), migrator().migrateToLatest()]);
    expect(both.map(({ error }) => error)).toEqual([undefined, undefined]);
    expect(both.flatMap(({ results = [] }) => results.map(({ status }) => status))).toEqual(['Success']);
    expect(await db.introspection.getTables()).toContainEqual(expect.objectContaining({ name: 'pet' }));
    const down = await migrator().migrateDown();
    expect(down.results).toEqual([expect.objectContaining({ direction: 'Down', status: 'Success' })]);
  });

  it('streams', async () => {
    await sql`INSERT INTO person (name, age) SELECT 'n', g FROM generate_series(1, 250) AS g`.execute(db);
    const ages: number[] = [];
    await db.transaction().execute(async (trx) => {
      for await (const { age } of trx.selectFrom('person').select('age').orderBy('age').stream(100))
        ages.push(age);
    });
    expect(ages).toEqual(Array.from({ length: 250 }, (_, at) => at + 1));
  });
});
