import { join } from 'node:path';
import { eq, relations, sql } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import { integer, pgTable, serial, text, timestamp } from 'drizzle-orm/pg-core';
import { routesOf, useLab } from './support';

const author = pgTable('author', { id: serial().primaryKey(), name: text().notNull() });
const book = pgTable('book', {
  id: serial().primaryKey(),
  title: text().notNull(),
  authorId: integer('author_id').notNull(),
  madeAt: timestamp('made_at', { withTimezone: true }).defaultNow().notNull(),
});
const authorRelations = relations(author, ({ many }) => ({ books: many(book) }));
const bookRelations = relations(book, ({ one }) => ({
  author: one(author, { fields: [book.authorId], references: [author.id] }),
}));
const schema = { author, book, authorRelations, bookRelations };

describe('Drizzle', () => {
  const lab = useLab();
  let db: NodePgDatabase<typeof schema>;

  beforeAll(async () => {
    db = drizzle(lab.pool, { schema });
    const migrationsFolder = join(__dirname, 'drizzle-migrations');
    await migrate(db, { migrationsFolder });
    await migrate(db, { migrationsFolder });
    const { rows } = await lab.cluster.primary.query(
      'SELECT count(*)::int AS n FROM drizzle.__drizzle_migrations',
    );
    expect(rows).toEqual([{ n: 1 }]);
  });
  beforeEach(() => db.execute(sql`TRUNCATE author, book RESTART IDENTITY`));

  it('inserts and reads, with relations, dates and prepared queries', async () => {
    const [ada] = await db.insert(author).values({ name: 'Ada' }).returning();
    await db.insert(book).values({ title: 'Notes', authorId: ada!.id });
    await lab.cluster.waitForReplication();
    const routes = await routesOf(lab.routed, async () => {
      expect(await db.query.author.findMany({ with: { books: { columns: { title: true } } } })).toEqual([
        { id: 1, name: 'Ada', books: [{ title: 'Notes' }] },
      ]);
      const [found] = await db.select({ madeAt: book.madeAt }).from(book);
      expect(found?.madeAt).toBeInstanceOf(Date);
      const byName = db
        .select()
        .from(author)
        .where(eq(author.name, sql.placeholder('name')))
        .prepare('by_name');
      for (let run = 0; run < 8; run += 1) expect(await byName.execute({ name: 'Ada' })).toHaveLength(1);
    });
    expect(new Set(routes.map((route) => route.split(':')[0]))).toEqual(new Set(['replica']));
  });

  it('runs transactions and nested ones, and takes back what failed', async () => {
    await db.transaction(
      async (tx) => {
        await tx.insert(author).values({ name: 'outer' });
        const nested = tx.transaction(async (inner) => {
          await inner.insert(author).values({ name: 'inner' });
          inner.rollback();
        });
        await expect(nested).rejects.toThrow();
        expect(await tx.select({ name: author.name }).from(author)).toEqual([{ name: 'outer' }]);
      },
      { isolationLevel: 'repeatable read', accessMode: 'read write' },
    );
    const failing = db.transaction(async (tx) => {
      await tx.insert(author).values({ name: 'second' });
      await tx.insert(author).values({ name: 'outer' });
    });
    await expect(failing).rejects.toMatchObject({ cause: { code: '23505' } });
    const names = await db.transaction((tx) => tx.select({ name: author.name }).from(author));
    expect(names).toEqual([{ name: 'outer' }]);
  });
});
