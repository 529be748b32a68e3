import {
  ConfigurationError,
  DeniedByRuleError,
  RuleTimeoutError,
  runInTransaction,
  type ShadowReport,
  withRoutingAttributes,
} from '../../src';
import { eventually, startPool } from '../support';
import { nodesOf, routesOf, useRulesLab } from './rules-lab';

const READ = 'SELECT count(*) FROM orders';

describe('routing rules on a primary and two replicas', () => {
  const lab = useRulesLab();
  const { underRules } = lab;

  /** `primary write` */
  const routeOf = async (text: string) =>
    (await routesOf(() => lab.pool.query(text))).map((route) => route.replace(/^\S+ /, '')).join(', ');
  const transact = <T>(fn: () => Promise<T>) => runInTransaction({ manager: lab.pool.transactions }, fn);

  it('are checked at the start', async () => {
    const started = startPool(lab.cluster, { rules: [{ name: 'all', role: 'replica', timeoutMs: 0 }] });
    await expect(started).rejects.toThrow("rules[0] 'all'.timeoutMs is 0: must be at least 1");
  });

  it('are replaced at once; rules that cannot work change nothing', async () => {
    underRules({ name: 'one', role: 'primary' });
    expect(await routeOf(READ)).toBe('primary rule-one');
    expect(() => underRules({ name: 'two', role: 'replica' }, { name: 'broken' })).toThrow(
      ConfigurationError,
    );
    expect(await routeOf(READ)).toBe('primary rule-one');
    underRules({ name: 'two', role: 'replica' });
    expect(await routeOf(READ)).toBe('replica rule-two');
    underRules();
    expect(await routeOf(READ)).toBe('replica read');
  });

  it('are replaced under load without a statement that falls between two versions', async () => {
    let isDone = false;
    const reasons = new Set<string>();
    const load = Array.from({ length: 8 }, async () => {
      while (!isDone) reasons.add(await routeOf(READ));
    });
    for (let version = 0; version < 200; version++) {
      underRules({ name: `v${version % 2}`, role: version % 2 === 0 ? 'primary' : 'replica' });
      await lab.pool.query('SELECT 1');
    }
    isDone = true;
    await Promise.all(load);
    reasons.delete('replica read');
    expect([...reasons].sort()).toEqual(['primary rule-v0', 'replica rule-v1']);
  });

  it('match on the ambient attributes of the work', async () => {
    underRules({ name: 'vip', match: { tenant: 'gold', role: 'admin' }, role: 'primary' });
    const as = (tenant: string, roles: string[]) =>
      withRoutingAttributes({ tenant }, () => withRoutingAttributes({ roles }, () => routeOf(READ)));
    expect(await as('gold', ['admin', 'user'])).toBe('primary rule-vip');
    expect(await as('gold', ['user'])).toBe('replica read');
    expect(await as('silver', ['admin'])).toBe('replica read');
    expect(await routeOf(READ)).toBe('replica read');
  });

  it('match on the schema of a name that stands without one, as the catalog knows it', async () => {
    underRules({ name: 'archive', match: { schema: 'archive' }, role: 'primary' });
    expect(await routeOf('SELECT 1 FROM archive.old_orders')).toBe('primary rule-archive');
    const client = await lab.pool.connect();
    const routes = await routesOf(() => client.query('SELECT 1 FROM old_orders').catch(() => undefined));
    client.release();
    expect(routes[0]).toMatch(/ primary rule-archive$/);
    expect(await routeOf(READ)).toBe('replica read');
  });

  it('never send to a replica what is not provably a read, and never out of a transaction', async () => {
    underRules({ name: 'all', role: 'replica' });
    expect(await routeOf('UPDATE orders SET total = total WHERE id = 1')).toBe('primary write');
    expect(await routeOf('/*+ route(replica) */ SELECT 1 FROM orders FOR UPDATE')).toBe('primary locking');
    const total = await transact(async () => {
      await lab.pool.query('UPDATE orders SET total = 777 WHERE id = 2');
      return (await lab.pool.query('SELECT total FROM orders WHERE id = 2')).rows[0]?.['total'] as number;
    });
    expect(total).toBe(777);
  });

  it('deny, outside and inside of a transaction, before anything is sent', async () => {
    underRules({ name: 'no-delete', match: { kind: 'delete', table: 'orders' }, deny: true });
    const deletion = 'DELETE FROM orders WHERE id = 3';
    for (const attempt of [lab.pool.query(deletion), transact(() => lab.pool.query(deletion))]) {
      await expect(attempt).rejects.toThrow(DeniedByRuleError);
    }
    await expect(lab.pool.query(deletion)).rejects.toMatchObject({
      code: 'DENIED_BY_RULE',
      isTransient: false,
      message: `rule 'no-delete' denies this statement: ${deletion}`,
    });
    const client = await lab.pool.connect();
    await client.query('BEGIN');
    await expect(client.query(deletion)).rejects.toThrow(DeniedByRuleError);
    await client.query('COMMIT');
    client.release();
    const { rows } = await lab.pool.query('SELECT 1 FROM orders WHERE id = 3');
    expect(rows).toHaveLength(1);
    expect(lab.pool.ruleCounts).toEqual([{ rule: { index: 0, name: 'no-delete' }, seen: 4, changed: 4 }]);
  });

  it('do not keep a transaction from ending when they deny everything', async () => {
    const client = await lab.pool.connect();
    await client.query('BEGIN');
    await client.query('UPDATE views SET n = 55 WHERE id = 5');
    underRules({ deny: true });
    await expect(client.query('SELECT 1')).rejects.toThrow(DeniedByRuleError);
    await client.query('COMMIT');
    client.release();
    underRules();
    expect((await lab.pool.query('/*+ route(primary) */ SELECT n FROM views WHERE id = 5')).rows).toEqual([
      { n: 55 },
    ]);
  });

  const ENDLESS = 'SELECT count(*) FROM generate_series(1, 1000000000) AS endless';

  it('cancel on the server what takes longer than they allow, and leave no connection behind with it', async () => {
    underRules({ name: 'quick', match: { kind: 'select' }, timeoutMs: 100 });
    const late = lab.pool.query(ENDLESS);
    await expect(late).rejects.toThrow(RuleTimeoutError);
    await expect(late).rejects.toThrow(
      "took longer than the 100 ms that rule 'quick' allows and was cancelled",
    );
    await eventually('nothing of it runs', async () => {
      const running = await Promise.all(
        lab.cluster.nodes.map((node) =>
          node.query("SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query = $1", [ENDLESS]),
        ),
      );
      return running.every(({ rowCount }) => rowCount === 0);
    });
    expect((await lab.pool.query(READ)).rowCount).toBe(1);
  });

  it('cancel a write too', async () => {
    underRules({ name: 'quick', match: { kind: 'update' }, timeoutMs: 100 });
    const late = lab.pool.query(
      'UPDATE views SET n = (SELECT count(*) FROM generate_series(1, 1000000000)) WHERE id = 9',
    );
    await expect(late).rejects.toThrow(RuleTimeoutError);
    expect((await lab.pool.query('/*+ route(primary) */ SELECT n FROM views WHERE id = 9')).rows).toEqual([
      { n: 0 },
    ]);
  });

  it('share reads out by weight; a weight of 0 is none', async () => {
    const [one, two] = lab.cluster.replicas.map(({ name }) => name) as [string, string];
    underRules({ weights: { [one]: 0 } });
    expect(await nodesOf(lab.pool, READ)).toEqual([two]);
    underRules({ weights: { [one]: 5, [two]: 0 } });
    expect(await nodesOf(lab.pool, READ)).toEqual([one]);
    underRules({ weights: { [one]: 0, [two]: 0 } });
    expect(await nodesOf(lab.pool, READ)).toEqual([lab.cluster.primary.name]);
  });

  it('report on trial what they would have changed, and change nothing', async () => {
    const reports: ShadowReport[] = [];
    lab.pool.on('shadow', (report) => reports.push(report));
    underRules(
      { name: 'trial', match: { table: 'orders' }, deny: true, shadow: true },
      { name: 'no-op', match: { table: 'views' }, role: 'replica', shadow: true },
    );
    expect(await routeOf(READ)).toBe('replica read');
    expect(await routeOf('SELECT 1 FROM views')).toBe('replica read');
    expect(await routeOf('SELECT 1 FROM products')).toBe('replica read');
    expect(reports).toEqual([
      { rule: { index: 0, name: 'trial' }, statement: READ, would: 'denied', did: 'replica' },
      {
        rule: { index: 1, name: 'no-op' },
        statement: 'SELECT 1 FROM views',
        would: 'replica',
        did: 'replica',
      },
    ]);
    expect(lab.pool.ruleCounts.map(({ seen, changed }) => [seen, changed])).toEqual([
      [1, 1],
      [1, 0],
    ]);
    expect(lab.pool.explainRoute(READ).shadow).toEqual({
      rule: { index: 0, name: 'trial' },
      would: 'denied',
      did: 'replica',
      seen: 1,
      changed: 1,
    });
    lab.pool.removeAllListeners('shadow');
  });

  it('runs on the primary again what a replica alone refuses, and remembers it', async () => {
    // Created without the catalog's knowledge: a table that exists on replicas and cannot be read there.
    await lab.pool.query('CREATE TABLE ephemeral (id int)');
    await lab.pool.refreshCatalog();
    await lab.cluster.primary.query('ALTER TABLE ephemeral SET UNLOGGED');
    await lab.cluster.waitForReplication();
    const read = 'SELECT count(*)::int AS n FROM ephemeral';
    expect((await routesOf(() => lab.pool.query(read))).map((route) => route.replace(/^\S+ /, ''))).toEqual([
      'replica read',
      'primary refused-by-replica',
    ]);
    expect(await routeOf(read)).toBe('primary refused-by-replica');
  });
});
