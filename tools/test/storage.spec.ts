import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { PostgresCluster } from '@app/postgres-cluster';
import { shopDatabase } from '@app/shop-database';
import { canMount, SmallDisk } from '../../libs/postgres-cluster/test/support/small-disk';
import { Refusal } from '../new-service/refusal';
import { writeAll } from '../new-service/write-all';
import { freePorts } from './free-ports';

const ROOT = join(__dirname, '..', '..');
const FROM_SOURCES = join(ROOT, 'libs/service-kit/test/run-typescript.cjs');

/** Runs a tool in a folder; resolves with all that it writes, and its exit code. */
async function run(
  tool: string,
  {
    args = [],
    cwd,
    environment = {},
  }: { args?: string[]; cwd: string; environment?: Record<string, string> },
): Promise<{ output: string; code: number }> {
  const child = spawn(process.execPath, ['--require', FROM_SOURCES, join(ROOT, 'tools', tool), ...args], {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number]>,
  ]);
  return { output: stdout + stderr, code };
}

// Mounting a small file system needs root, and in a container the capability to do so.
(canMount ? describe : describe.skip)('a full disk (skipped where this process cannot mount one)', () => {
  const MEBIBYTES_OF_A_DATABASE = 40;

  it.each([
    ['its database', MEBIBYTES_OF_A_DATABASE / 2],
    ['its replicas', MEBIBYTES_OF_A_DATABASE * 1.5],
  ])('is named by npm start in one line, when it has no room for %s', async (_, mebibytes) => {
    using disk = SmallDisk.ofMebibytes(mebibytes);
    const ports = await portsOfStart();
    const { output, code } = await run('start.ts', { cwd: disk.path, environment: ports });
    const lines = output.trim().split('\n');
    expect([code, lines.at(-1)]).toEqual([1, full(`cluster directory ${join(disk.path, '.cluster')}`)]);
    expect(output).not.toContain('    at ');
  });

  it('is named by npm run route', async () => {
    using disk = SmallDisk.ofMebibytes(MEBIBYTES_OF_A_DATABASE / 2);
    const environment = { TMPDIR: disk.path };
    const { output, code } = await run('route.ts', { args: ['SELECT 1'], cwd: disk.path, environment });
    expect([code, output]).toEqual([
      1,
      expect.stringMatching(/^The cluster directory .* is on a full disk;.*\n$/),
    ]);
    expect(output).toContain(disk.path);
  });

  it('is named by the migrations, when it is the disk of the server', async () => {
    using disk = SmallDisk.ofMebibytes(MEBIBYTES_OF_A_DATABASE * 2);
    await using cluster = await PostgresCluster.start({
      directory: join(disk.path, 'cluster'),
      database: shopDatabase,
      replicas: 0,
    });
    disk.fill();
    const monitor = cluster.credentials('monitor');
    const { output, code } = await run('migrate.ts', {
      args: ['--seed'],
      cwd: ROOT,
      environment: {
        DATABASE_URL: cluster.url('migrator'),
        DATABASE_MONITOR_USER: monitor.user,
        DATABASE_MONITOR_PASSWORD: monitor.password,
      },
    });
    const last = output.trim().split('\n').at(-1);
    expect(code).toBe(1);
    expect(last).toMatch(
      /^The disk of 127\.0\.0\.1:\d+ is full \(could not extend file .*\); make room there/,
    );
    expect(output).not.toContain('    at ');
    disk.empty();
  });

  it('changes nothing when npm run new:service writes to it', async () => {
    using disk = SmallDisk.ofMebibytes(1);
    writeFileSync(join(disk.path, 'facts.txt'), 'before');
    mkdirSync(join(disk.path, 'apps'));
    disk.fill();
    const files = new Map([
      ['facts.txt', 'before and after\n'.repeat(1_000)],
      ['apps/main.txt', 'new'],
    ]);
    expect(() => writeAll(disk.path, files)).toThrow(
      new Refusal(
        `Nothing is changed: the folder ${disk.path} is on a full disk; make room there, then try again.`,
      ),
    );
    expect(readFileSync(join(disk.path, 'facts.txt'), 'utf8')).toBe('before');
    expect([readdirSync(disk.path).sort(), readdirSync(join(disk.path, 'apps'))]).toEqual([
      ['apps', 'ballast', 'facts.txt'],
      [],
    ]);
  });

  it('is named before a build', async () => {
    using disk = SmallDisk.ofMebibytes(4);
    const { output, code } = await run('can-build.mjs', { cwd: disk.path });
    expect([code, output]).toEqual([1, `${full(`build folder ${join(disk.path, 'dist')}`)}\n`]);
    using other = SmallDisk.ofMebibytes(4);
    other.makeReadOnly();
    expect((await run('can-build.mjs', { cwd: other.path })).output).toMatch(
      /is on a read-only file system; [^\n]*\n$/,
    );
  });

  const full = (subject: string) => `The ${subject} is on a full disk; make room there, then try again.`;
});

async function portsOfStart(): Promise<Record<string, string>> {
  const names = [
    ...['ORDER_PORT', 'ORDER_MANAGEMENT_PORT', 'HISTORY_PORT', 'HISTORY_MANAGEMENT_PORT'],
    ...['CLUSTER_MANAGEMENT_PORT', 'CLUSTER_PORT'],
  ];
  const first = await freePorts(names.length + 2);
  return Object.fromEntries(names.map((name, index) => [name, String(first + index)]));
}
