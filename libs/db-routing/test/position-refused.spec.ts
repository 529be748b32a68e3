import { PostgresCluster } from '@app/postgres-cluster';
import { ConnectionLostError, type RoutedPool, Session, withReadConsistency } from '../src';
import { startPool } from './support';

/** The primary fails to say where it is, as when a statement timeout meets just that question. */
const TRAP = (user: string) => `
  CREATE SCHEMA trap;
  CREATE TABLE trap.setting (fails boolean NOT NULL);
  INSERT INTO trap.setting VALUES (false);
  CREATE FUNCTION trap.pg_is_in_recovery() RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog AS $$
  BEGIN
    IF (SELECT fails FROM trap.setting) THEN RAISE EXCEPTION 'not now'; END IF;
    RETURN pg_is_in_recovery();
  END $$;
  GRANT USAGE ON SCHEMA trap TO PUBLIC;
  GRANT SELECT ON trap.setting TO PUBLIC;
  ALTER ROLE ${user} SET search_path = trap, pg_catalog, public`;

describe('a strong read whose position is refused', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await PostgresCluster.start({ replicas: 0 });
    await cluster.primary.query(TRAP(cluster.credentials('migrator').user));
    pool = await startPool(cluster);
  });

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  it('fails with an error that callers know', async () => {
    await cluster.primary.query('UPDATE trap.setting SET fails = true');
    const read = new Session().run(() => withReadConsistency('strong', () => pool.query('SELECT 1')));
    await expect(read).rejects.toThrow(ConnectionLostError);
  });
});
