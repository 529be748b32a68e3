import { PrismaPg } from '@prisma/adapter-pg';
import { routesOf, useLab } from './support';

type Adapter = Awaited<ReturnType<PrismaPg['connect']>>;
type SqlQuery = Parameters<Adapter['queryRaw']>[0];

/** Drives the adapter as Prisma's query engine does; the engine itself is downloaded code. */
describe("Prisma's adapter for pg", () => {
  const lab = useLab();
  let adapter: Adapter;

  const query = (sql: string, args: unknown[] = []): SqlQuery => ({
    sql,
    args,
    argTypes: args.map((value) => ({
      scalarType: typeof value === 'number' ? 'int' : 'string',
      arity: 'scalar',
    })),
  });

  beforeAll(async () => {
    adapter = await new PrismaPg(lab.pool).connect();
    await adapter.executeScript(
      'CREATE TABLE post (id serial PRIMARY KEY, title text UNIQUE, at timestamptz DEFAULT now());CREATE INDEX ON post (at)',
    );
  });
  beforeEach(() => adapter.executeRaw(query('TRUNCATE post')));
  afterAll(() => adapter.dispose());

  it('takes the pool for what it is', () => {
    expect(adapter.underlyingDriver()).toBe(lab.pool);
  });

  it('writes to the primary and reads from replicas', async () => {
    expect(await adapter.executeRaw(query('INSERT INTO post (title) VALUES ($1), ($2)', ['a', 'b']))).toBe(2);
    await lab.cluster.waitForReplication();
    const routes = await routesOf(lab.routed, async () => {
      const { rows, columnNames } = await adapter.queryRaw(
        query('SELECT id, title FROM post ORDER BY title LIMIT $1', [1]),
      );
      expect(columnNames).toEqual(['id', 'title']);
      expect(rows).toEqual([[expect.any(Number), 'a']]);
    });
    expect(routes).toEqual([expect.stringMatching(/^replica: SELECT/)]);
  });

  it.each(['READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'] as const)(
    'runs transactions: %s',
    async (level) => {
      const tx = await adapter.startTransaction(level);
      const { rows } = await tx.queryRaw(query("SELECT current_setting('transaction_isolation')"));
      expect(rows).toEqual([[level.toLowerCase()]]);
      await tx.executeRaw(query('INSERT INTO post (title) VALUES ($1)', [level]));
      await tx.executeRaw(query('COMMIT'));
      await tx.commit();

      const other = await adapter.startTransaction();
      await other.executeRaw(query('INSERT INTO post (title) VALUES ($1)', ['gone']));
      await other.executeRaw(query('ROLLBACK'));
      await other.rollback();
      const found = await lab.cluster.primary.query('SELECT title FROM post');
      expect(found.rows).toEqual([{ title: level }]);
    },
  );

  it("reports the database's errors as Prisma knows them", async () => {
    await adapter.executeRaw(query('INSERT INTO post (title) VALUES ($1)', ['a']));
    const again = adapter.executeRaw(query('INSERT INTO post (title) VALUES ($1)', ['a']));
    await expect(again).rejects.toMatchObject({ cause: { kind: 'UniqueConstraintViolation' } });
  });
});
