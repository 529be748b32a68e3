import type { PostgresCluster } from '@app/postgres-cluster';
import { ConfigurationError, type RoutedPool } from '../../src';
import { eventually, startPool } from '../support';
import { MovableName, reads, servedBy, statusOf, urlOf } from './support';
import { startCluster } from '../test-cluster';

const NOTE = 'CREATE TABLE note (id int PRIMARY KEY); ALTER TABLE note OWNER TO migrator';

describe('a node of another cluster in the list', () => {
  let cluster: PostgresCluster;
  let other: PostgresCluster;
  let pool: RoutedPool | undefined;
  const names: MovableName[] = [];

  beforeAll(async () => {
    [cluster, other] = await Promise.all([startCluster({ replicas: 1 }), startCluster({ replicas: 1 })]);
    for (const { primary } of [cluster, other]) await primary.query(NOTE);
    // The same users and passwords, as in a restored or logically replicated database.
    for (const user of ['migrator', 'monitor'] as const) {
      const { password } = cluster.credentials(user);
      await other.primary.query(`ALTER ROLE ${user} PASSWORD '${password}'`);
    }
    await Promise.all([cluster.waitForReplication(), other.waitForReplication()]);
  });

  afterEach(async () => {
    await pool?.end();
    pool = undefined;
    for (const name of names.splice(0)) await name[Symbol.asyncDispose]();
    await cluster.primary.query('DELETE FROM note');
  });

  afterAll(() => Promise.all([cluster.stop(), other.stop()]));

  const named = async (target?: PostgresCluster['primary']): Promise<MovableName> => {
    const name = await MovableName.of(target);
    names.push(name);
    return name;
  };
  const systemIdOf = async ({ primary }: PostgresCluster): Promise<string> => {
    const { rows } = await primary.query<{ id: string }>(
      'SELECT system_identifier::text AS id FROM pg_control_system()',
    );
    return rows[0]!.id;
  };
  const countOf = async ({ primary }: PostgresCluster): Promise<number | undefined> => {
    const { rows } = await primary.query<{ n: number }>('SELECT count(*)::int AS n FROM note');
    return rows[0]?.n;
  };

  it.each([
    ['its primary', () => other.primary],
    ['its replica', () => other.replicas[0]!],
  ])('is named and never used, though it is listed first: %s', async (_, stranger) => {
    pool = await startPool(cluster, { url: urlOf(cluster, stranger(), ...cluster.nodes) });
    for (let id = 1; id <= 5; id++) await pool.query('INSERT INTO note VALUES ($1)', [id]);
    const served = await servedBy(reads(pool, 'SELECT id FROM note'));
    expect(served).not.toContain(stranger().name);
    expect(await countOf(cluster)).toBe(5);
    expect(await countOf(other)).toBe(0);
    const [ours, theirs] = [await systemIdOf(cluster), await systemIdOf(other)];
    expect(statusOf(pool, stranger())).toMatchObject({
      state: 'down',
      reason: `it belongs to another cluster: system identifier ${theirs}, not ${ours}`,
    });
  });

  it('is not believed because it answers first', async () => {
    const [first, second] = [await named(), await named()];
    const starting = startPool(cluster, { url: urlOf(cluster, other.primary, first, second) });
    // Two answers of the foreign cluster, and none of the others.
    const asked = async () => {
      const { rows } = await other.primary.query<{ query: string }>(
        "SELECT query FROM pg_stat_activity WHERE usename = 'monitor' AND state = 'idle'",
      );
      return rows.length > 0;
    };
    await eventually('the stranger is asked', asked);
    first.move(cluster.primary);
    second.move(cluster.replicas[0]);
    pool = await starting;
    await pool.query('INSERT INTO note VALUES (1)');
    expect(await countOf(cluster)).toBe(1);
    expect(await countOf(other)).toBe(0);
  });

  it('is refused at the start where it has as many nodes, unless systemId says which is meant', async () => {
    const url = urlOf(cluster, other.primary, cluster.primary);
    const starting = startPool(cluster, { url });
    await expect(starting).rejects.toThrow(ConfigurationError);
    await expect(starting).rejects.toMatchObject({ option: 'systemId' });
    await expect(starting).rejects.toThrow(other.primary.name);
    const systemId = await systemIdOf(cluster);
    pool = await startPool(cluster, { url, systemId });
    await pool.query('INSERT INTO note VALUES (1)');
    expect(await countOf(cluster)).toBe(1);
    // All names of one server count as one vote.
    const [rw, r] = [await named(cluster.primary), await named(cluster.primary)];
    await expect(startPool(cluster, { url: urlOf(cluster, other.primary, rw, r) })).rejects.toMatchObject({
      option: 'systemId',
    });
    await expect(startPool(cluster, { url, systemId: 'shop' })).rejects.toMatchObject({ option: 'systemId' });
  });

  it('is not waited for where it could change nothing, and not for ever where it could', async () => {
    const [silent, late] = [await named(), await named()];
    const startedAt = performance.now();
    pool = await startPool(cluster, {
      url: urlOf(cluster, silent, ...cluster.nodes),
      startTimeoutMs: 30_000,
    });
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    await pool.end();
    const told: string[] = [];
    pool = await startPool(cluster, {
      url: urlOf(cluster, late, cluster.primary),
      startTimeoutMs: 1500,
      onWaiting: (message) => told.push(message),
    });
    expect(told.join()).toContain(`not certain without an answer from ${late.name}`);
    await pool.query('INSERT INTO note VALUES (1)');
    late.move(other.primary);
    await eventually('it is known as a stranger', () =>
      Boolean(statusOf(pool!, late)?.reason.startsWith('it belongs to another cluster')),
    );
    // A node that stops answering is no more fit than before.
    late.move(undefined);
    await eventually('it is missed', () => Boolean(statusOf(pool!, late)?.reason.includes('failed')));
    expect(statusOf(pool, late)?.state).toBe('down');
    await pool.query('INSERT INTO note VALUES (2)');
    expect(await countOf(other)).toBe(0);
  });
});
