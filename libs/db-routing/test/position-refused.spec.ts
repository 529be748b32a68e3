import type { PostgresCluster } from '@app/postgres-cluster';
import { ConnectionLostError, type RoutedPool, Session, withReadConsistency } from '../src';
import { startPool } from './support';
import { startCluster } from './test-cluster';

/**
 * The primary fails to report its position, as when a statement timeout hits the position query; or it
 * reports that it has become a replica, before the monitor has noticed.
 */
const TRAP = (user: string) => `
  CREATE SCHEMA trap;
  CREATE TABLE trap.setting (mode text NOT NULL);
  INSERT INTO trap.setting VALUES ('primary');
  CREATE FUNCTION trap.pg_is_in_recovery() RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog AS $$
  BEGIN
    IF (SELECT mode FROM trap.setting) = 'silent' THEN RAISE EXCEPTION 'not now'; END IF;
    RETURN (SELECT mode FROM trap.setting) = 'replica';
  END $$;
  CREATE FUNCTION trap.pg_last_wal_replay_lsn() RETURNS pg_lsn LANGUAGE sql AS 'SELECT pg_current_wal_flush_lsn()';
  GRANT USAGE ON SCHEMA trap TO PUBLIC;
  GRANT SELECT ON trap.setting TO PUBLIC;
  ALTER ROLE ${user} SET search_path = trap, pg_catalog, public`;

describe('a strong read of a primary that cannot say that it is still one', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0 });
    await cluster.primary.query(TRAP(cluster.credentials('migrator').user));
    pool = await startPool(cluster);
  });

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  it.each(['silent', 'replica'])('fails with an error that callers know: %s', async (mode) => {
    const read = () => new Session().run(() => withReadConsistency('strong', () => pool.query('SELECT 1')));
    await cluster.primary.query("UPDATE trap.setting SET mode = 'primary'");
    await read();
    await cluster.primary.query('UPDATE trap.setting SET mode = $1', [mode]);
    await expect(read()).rejects.toThrow(ConnectionLostError);
  });
});
