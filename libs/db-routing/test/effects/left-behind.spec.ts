import type { PostgresCluster } from '@app/postgres-cluster';
import { type RoutedPool, runInTransaction, Session } from '../../src';
import { startPool, untilAllFit } from '../support';
import { startCluster } from '../test-cluster';

const ENTER = `EXECUTE format('SET search_path TO %I', 'tenant_a')`;

/**
 * Ways to run something that changes the caller's search path, without saying so in the text that is sent.
 */
const SCHEMA = `
  CREATE SCHEMA tenant_a; CREATE TABLE tenant_a.secret (owner text); INSERT INTO tenant_a.secret VALUES ('a');
  CREATE TABLE public.secret (owner text); INSERT INTO public.secret VALUES ('everybody');
  CREATE FUNCTION enter() RETURNS int LANGUAGE plpgsql AS $$ BEGIN ${ENTER}; RETURN 1; END $$;
  CREATE FUNCTION enter_around() RETURNS int LANGUAGE sql AS 'SELECT public.enter()';
  CREATE FUNCTION enter_labelled() RETURNS int LANGUAGE plpgsql STABLE AS
    $$ BEGIN PERFORM set_config('search_path', 'tenant_a', false); RETURN 1; END $$;
  CREATE FUNCTION enter_by_trigger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${ENTER}; RETURN NEW; END $$;
  CREATE TABLE public.logged (id serial PRIMARY KEY, note text);
  CREATE TRIGGER entering BEFORE INSERT ON logged FOR EACH ROW EXECUTE FUNCTION enter_by_trigger();
  CREATE VIEW logged_view AS SELECT * FROM logged;
  CREATE TABLE public.defaulted (id serial PRIMARY KEY, note int DEFAULT enter());
  CREATE TABLE public.checked (id serial PRIMARY KEY, note int CHECK (enter() = 1));
  CREATE TABLE public.ruled (id int);
  CREATE RULE entering AS ON INSERT TO ruled DO ALSO SELECT enter();
  CREATE DOMAIN entering AS int CHECK (enter() = 1);
  CREATE TABLE public.typed (id entering);
  CREATE PROCEDURE enter_by_call() LANGUAGE plpgsql AS $$ BEGIN ${ENTER}; END $$;
  CREATE FUNCTION enter_state(state int, value int) RETURNS int LANGUAGE plpgsql AS
    $$ BEGIN ${ENTER}; RETURN value; END $$;
  CREATE AGGREGATE enter_all(int) (SFUNC = enter_state, STYPE = int);
`;

const WAYS = [
  ['a function that makes its SET at run time', 'SELECT public.enter()'],
  ['a function around it', 'SELECT public.enter_around()'],
  ['a function whose label says STABLE', 'SELECT public.enter_labelled()'],
  ['a trigger', "INSERT INTO public.logged (note) VALUES ('x')"],
  ['a trigger behind a view', "INSERT INTO public.logged_view (note) VALUES ('x')"],
  ['a default', 'INSERT INTO public.defaulted DEFAULT VALUES'],
  ['a check', 'INSERT INTO public.checked (note) VALUES (1)'],
  ['a rule', 'INSERT INTO public.ruled VALUES (1)'],
  ['a domain', 'INSERT INTO public.typed VALUES (1)'],
  ['a procedure', 'CALL public.enter_by_call()'],
  ['a block', `DO $$ BEGIN ${ENTER}; END $$`],
  ['an aggregate', 'SELECT public.enter_all(n) FROM generate_series(1, 2) AS n'],
  ['a text of several statements', 'SELECT 1; SELECT public.enter()'],
] as const;

describe('a search path that a statement leaves behind', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1 });
    await cluster.primary.query(SCHEMA);
    await cluster.primary.query('GRANT ALL ON SCHEMA tenant_a TO PUBLIC');
    await cluster.primary.query('GRANT ALL ON ALL TABLES IN SCHEMA tenant_a, public TO PUBLIC');
    await cluster.primary.query('GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO PUBLIC');
    await cluster.waitForReplication();
    // With few connections, another client soon gets the changed one.
    pool = await startPool(cluster, { maxConnectionsPerNode: 2 });
    await untilAllFit(pool, 1);
  });

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  const READ = 'SELECT owner FROM secret';

  async function strangersRead(): Promise<string[]> {
    const read = async (): Promise<string> => String((await pool.query(READ)).rows[0]?.['owner']);
    const apart = async (): Promise<string> => {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        const { rows } = (await client.query(READ)) as { rows: { owner: string }[] };
        await client.query('COMMIT');
        return rows[0]!.owner;
      } finally {
        client.release();
      }
    };
    const owners: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      owners.push(...(await Promise.all([runInTransaction(read), runInTransaction(read)])));
      owners.push(...(await Promise.all([apart(), read(), read(), read(), read()])));
    }
    return [...new Set(owners)];
  }

  it.each(WAYS)("is nobody's afterwards: %s, by pool.query", async (_way, text) => {
    await Promise.all([pool.query(text), pool.query(text)]);
    expect(await strangersRead()).toEqual(['everybody']);
  });

  it.each(WAYS)("is nobody's afterwards: %s, in a managed transaction", async (_way, text) => {
    await Promise.all([runInTransaction(() => pool.query(text)), runInTransaction(() => pool.query(text))]);
    expect(await strangersRead()).toEqual(['everybody']);
  });

  it.each(WAYS)("is nobody's afterwards: %s, in a transaction by hand", async (_way, text) => {
    const client = await pool.connect();
    await client.query('BEGIN');
    await client.query(text);
    await client.query('COMMIT');
    client.release();
    expect(await strangersRead()).toEqual(['everybody']);
  });

  it('does not keep a procedure that commits, or a maintenance statement, from running', async () => {
    await pool.query('CREATE TABLE public.owned (n int)');
    await pool.query(`CREATE PROCEDURE public.commits() LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO public.owned VALUES (1); COMMIT; DELETE FROM public.owned; END $$`);
    for (const text of [
      'CALL public.commits()',
      'DO $$ BEGIN COMMIT; END $$',
      'VACUUM public.owned',
      'CREATE INDEX CONCURRENTLY ON public.owned (n)',
    ]) {
      await pool.query(text);
      await new Session().run(() => pool.query(text));
    }
    expect(await strangersRead()).toEqual(['everybody']);
  });

  it('may stand in a function that the server restores it after', async () => {
    await pool.query(`CREATE FUNCTION public.contained() RETURNS text LANGUAGE sql STABLE SET search_path = tenant_a
      AS 'SELECT owner FROM secret'`);
    expect(pool.explainRoute('SELECT public.contained()').understood.backendState).toBe('none');
    expect((await pool.query('SELECT public.contained() AS owner')).rows).toEqual([{ owner: 'a' }]);
    expect(await strangersRead()).toEqual(['everybody']);
  });
});
