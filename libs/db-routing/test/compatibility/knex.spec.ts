import { knex, type Knex } from 'knex';
import { routesOf, useLab } from './support';

describe('knex, by its option connectionPool', () => {
  const lab = useLab();
  let db: Knex;

  beforeAll(async () => {
    db = knex({ client: 'pg', connectionPool: lab.pool });
    await db.schema.createTable('item', (table) => {
      table.increments('id');
      table.text('name').unique();
      table.jsonb('more');
    });
  });
  beforeEach(() => db('item').truncate());
  afterAll(() => db.destroy());

  it('writes to the primary and reads from replicas', async () => {
    const inserted = await db('item')
      .insert([{ name: 'a', more: { n: 1 } }, { name: 'b' }])
      .returning('id');
    expect(inserted).toHaveLength(2);
    await lab.cluster.waitForReplication();
    const routes = await routesOf(lab.routed, async () => {
      expect(await db('item').where({ name: 'a' }).first('name', 'more')).toEqual({
        name: 'a',
        more: { n: 1 },
      });
      expect(await db('item').count({ n: '*' })).toEqual([{ n: '2' }]);
    });
    expect(routes).toEqual([expect.stringMatching(/^replica:/), expect.stringMatching(/^replica:/)]);
  });

  it('runs transactions and savepoints', async () => {
    await db.transaction(
      async (trx) => {
        await trx('item').insert({ name: 'kept' });
        await trx.transaction((inner) => inner('item').insert({ name: 'kept' })).catch(() => undefined);
        await trx('item').insert({ name: 'also' });
      },
      { isolationLevel: 'repeatable read' },
    );
    const failing = db.transaction(async (trx) => {
      await trx('item').insert({ name: 'gone' });
      throw new Error('on purpose');
    });
    await expect(failing).rejects.toThrow('on purpose');
    const names = await db.transaction((trx) => trx('item').orderBy('name').pluck('name'));
    expect(names).toEqual(['also', 'kept']);
  });

  it('migrates, under its lock', async () => {
    const migrationSource = {
      getMigrations: () => Promise.resolve(['one']),
      getMigrationName: (name: string) => name,
      getMigration: () =>
        Promise.resolve({
          up: (to: Knex) => to.schema.createTable('migrated', (table) => table.increments('id')),
          down: (to: Knex) => to.schema.dropTable('migrated'),
        }),
    };
    const [, ran] = (await db.migrate.latest({ migrationSource })) as [number, string[]];
    expect(ran).toEqual(['one']);
    expect(await db.schema.hasTable('migrated')).toBe(true);
    await db.migrate.rollback({ migrationSource });
    expect(await db.schema.hasTable('migrated')).toBe(false);
  });

  it('streams', async () => {
    await db.raw("INSERT INTO item (name) SELECT 'n' || g FROM generate_series(1, 150) AS g");
    const rows: unknown[] = [];
    await db.transaction(async (trx) => {
      for await (const row of trx('item').select('name').stream() as AsyncIterable<unknown>) rows.push(row);
    });
    expect(rows).toHaveLength(150);
  });
});
