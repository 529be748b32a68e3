import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { PostgresCluster, runningClusterIn } from '@app/postgres-cluster';
import { migrate, shopDatabase } from '@app/shop-database';

const ROOT = join(__dirname, '..');

function start(args: string[], environment: Record<string, string> = {}, cwd = ROOT) {
  const hook = join(ROOT, 'libs/service-kit/test/run-typescript.cjs');
  return spawn(process.execPath, ['--require', hook, join(ROOT, 'tools/route.ts'), ...args], {
    cwd,
    env: { PATH: process.env.PATH, ...environment },
  });
}

async function route(args: string[], input: string, environment: Record<string, string> = {}, cwd = ROOT) {
  const child = start(args, environment, cwd);
  child.stdin.end(input);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  return { code: code as number, stdout, stderr };
}

interface Line {
  text?: string;
  target?: string;
  error?: string;
  rule?: { name: string } | null;
  decision?: { role: string };
}

describe('npm run route', () => {
  let cluster: PostgresCluster;
  let environment: Record<string, string>;

  beforeAll(async () => {
    cluster = await PostgresCluster.start({ database: shopDatabase, replicas: 1 });
    await migrate(cluster.url('migrator', { nodes: [cluster.primary] }));
    await cluster.waitForReplication();
    const monitor = cluster.credentials('monitor');
    environment = {
      DATABASE_URL: cluster.url('order_service'),
      DATABASE_MONITOR_USER: monitor.user,
      DATABASE_MONITOR_PASSWORD: monitor.password,
    };
  });
  afterAll(() => cluster.stop());

  it('prints the classification, what decided, and which nodes were left out', async () => {
    const sql = 'SELECT count(*) FROM orders FOR UPDATE';
    const { code, stdout, stderr } = await route([sql], '', environment);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [primary, replica] = cluster.nodes;
    expect(stdout.split('\n')).toEqual(
      expect.arrayContaining([
        'understood   select: locking, FOR UPDATE',
        'tables       orders',
        'rule         none',
        'needs        the primary (locking)',
        `goes to      ${primary!.name}, primary: locking`,
        `left out     ${replica!.name}, replica, up: the statement needs the primary (locking)`,
      ]),
    );
  });

  it('answers each of 200 lines with exactly one line, in order, even for invalid input', async () => {
    const kinds: [string, string | undefined][] = [
      ['SELECT * FROM orders WHERE id = $1', 'replica'],
      ['INSERT INTO orders VALUES (1)', 'primary'],
      ["SELECT '\u2028' -- \u0085", 'replica'],
      ["SELECT 'a\nb\r\nc'", 'replica'],
      ['SELECT nextval($$s$$)', 'primary'],
      ['no SQL', 'primary'],
      ['', 'replica'],
      [`SELECT ${'('.repeat(20_000)}`, 'primary'],
      ['WITH w AS (DELETE FROM orders RETURNING 1) SELECT * FROM w', 'primary'],
      ['TABLE products', 'replica'],
    ];
    const sent = Array.from({ length: 190 }, (_, n) => {
      const [sql, target] = kinds[n % kinds.length]!;
      return { line: JSON.stringify(n % 3 === 0 ? `${sql} ` : sql), target };
    });
    const broken = ['{"sql":', '42', 'null', '["SELECT 1"]', '', 'SELECT 1', "'x'", '{}', 'true', '"a'];
    sent.push(...broken.map((line) => ({ line, target: undefined })));
    const input = sent.map(({ line }) => line).join('\n');
    const { code, stdout, stderr } = await route(['--json'], `${input}\r\n`, environment);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.endsWith('\n')).toBe(true);
    const lines = stdout.slice(0, -1).split(/[\n\r\u0085\u2028\u2029]/);
    expect(lines).toHaveLength(200);
    const answers = lines.map((line) => JSON.parse(line) as Line);
    expect(answers.map(({ target }) => target)).toEqual(sent.map(({ target }) => target));
    answers.slice(0, 190).forEach((answer, n) => {
      expect(answer.text).toBe(JSON.parse(sent[n]!.line));
      expect(answer).not.toHaveProperty('error');
    });
    answers.slice(190).forEach((answer, n) => {
      expect(Object.keys(answer)).toEqual(['error']);
      expect(answer.error).toContain(`line ${191 + n} is not `);
    });
  });

  it('applies the rules of the environment', async () => {
    const rules = [{ name: 'orders', match: { table: 'orders', user: 'order_service' }, role: 'primary' }];
    const lines = ['SELECT 1 FROM orders', 'SELECT 1 FROM products'].map((sql) => JSON.stringify(sql));
    const { stdout } = await route(['--json'], lines.join('\n'), {
      ...environment,
      DATABASE_RULES: JSON.stringify(rules),
    });
    const answers = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    expect(answers.map(({ target, rule, decision }) => [target, rule?.name, decision?.role])).toEqual([
      ['primary', 'orders', 'primary'],
      ['replica', undefined, 'replica'],
    ]);
  });

  it('applies rules on the caller given by options', async () => {
    const rules = [
      { name: 'support', match: { role: 'support', tenant: 'acme', subject: 'alice' }, role: 'primary' },
    ];
    const withRules = { ...environment, DATABASE_RULES: JSON.stringify(rules) };
    const caller = ['--subject', 'alice', '--role=reader', '--role=support', '--tenant', 'acme'];
    const sql = 'SELECT 1 FROM orders';
    expect((await route([...caller, sql], '', withRules)).stdout).toContain("\nrule         0 'support'\n");
    expect((await route([sql], '', withRules)).stdout).toContain('\nrule         none\n');
    const { stdout } = await route([...caller, '--json'], JSON.stringify(sql), withRules);
    expect((JSON.parse(stdout) as Line).rule?.name).toBe('support');
  });

  it('accepts a statement that begins with a comment', async () => {
    const { code, stdout } = await route(['-- all of them\nSELECT 1 FROM orders'], '', environment);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('tables       orders\n') });
  });

  it('understands functions as the services do', async () => {
    // Only at run time does PostgreSQL know what its body does, so the owner must vouch for it.
    const create = `CREATE FUNCTION price() RETURNS int STABLE LANGUAGE plpgsql
      AS $$ DECLARE n int; BEGIN EXECUTE 'SELECT 1' INTO n; RETURN n; END $$`;
    await cluster.primary.query(create);
    const needs = async (more: Record<string, string>) =>
      /\nneeds +(.*)/.exec((await route(['SELECT price()'], '', { ...environment, ...more })).stdout)?.[1];
    expect(await needs({})).toMatch(/^the primary/);
    expect(await needs({ DATABASE_TRUSTED_FUNCTIONS: 'price' })).toMatch(/^a replica/);
  });

  it('exits cleanly when its output is closed', async () => {
    const child = start(['--json'], environment);
    const exited = once(child, 'exit');
    child.stdin.on('error', () => undefined);
    child.stdin.end(`${JSON.stringify('SELECT * FROM orders')}\n`.repeat(10_000));
    await once(child.stdout, 'data');
    child.stdout.destroy();
    expect(await exited).toEqual([0, null]);
  });

  it('starts a cluster when DATABASE_URL is not set', async () => {
    const { code, stdout, stderr } = await route(['--json'], '"SELECT id FROM orders"\n"DELETE FROM orders"');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const answers = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    expect(answers.map(({ target, decision }) => [target, decision?.role])).toEqual([
      ['replica', 'replica'],
      ['primary', 'primary'],
    ]);
  });

  it('asks the cluster of npm start while it runs', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'route-'));
    const started = await PostgresCluster.start({
      database: shopDatabase,
      replicas: 1,
      directory: join(folder, '.cluster'),
    });
    try {
      await migrate(started.url('migrator', { nodes: [started.primary] }));
      const { code, stdout, stderr } = await route(['DELETE FROM orders'], '', {}, folder);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain(`goes to      ${started.primary.name}, primary`);
    } finally {
      await started.stop();
      rmSync(started.directory, { recursive: true, force: true });
      rmSync(folder, { recursive: true, force: true });
    }
    expect(runningClusterIn(join(folder, '.cluster'))).toBeUndefined();
  });

  it('prints its usage when asked', async () => {
    const { code, stdout, stderr } = await route(['--help'], '', {});
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^usage: npm run -s route/);
  });

  it.each([
    [[], {}, /^usage: npm run -s route -- \[options\] "SELECT …"/],
    [['SELECT', '1'], {}, /^usage: /],
    [['--json', 'SELECT 1'], {}, /^usage: /],
    [['--admin', 'SELECT 1'], {}, /^usage: /],
    [['SELECT 1'], { DATABASE_RULES: '[' }, /^DATABASE_RULES is "\[": it must be JSON: /],
    [['SELECT 1'], { DATABASE_RULES: '[{}]' }, /^DATABASE_RULES\[0\] is '\{\}': must have one of role, /],
  ])('%j with %j: explains the error on standard error', async (args, more, message) => {
    const { code, stdout, stderr } = await route(args, '', { ...environment, ...more });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(message);
  });
});
