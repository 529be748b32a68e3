import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { until } from '@app/postgres-cluster';
import { nodeMetrics } from '../../tools/start/node-metrics';
import { ROOT } from './kustomize';

const SCRIPT = join(ROOT, 'docker/postgres/usage.sh');

describe('what a node in a container writes about its CPU and memory', () => {
  let directory: string;
  let script: ChildProcess;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'node-usage-'));
  });
  afterEach(async () => {
    if (script.exitCode === null) {
      script.kill('SIGKILL');
      await once(script, 'exit');
    }
    rmSync(directory, { recursive: true });
  });

  /** Runs the script on these files of a control group; resolves with the metrics that it writes. */
  const metricsOf = async (files: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, name)), { recursive: true });
      writeFileSync(join(directory, name), text);
    }
    const environment = { PATH: process.env.PATH, NODE: 'postgres-2', CGROUP: directory, USAGE: directory };
    script = spawn('bash', [SCRIPT], { env: environment, stdio: 'ignore', detached: true });
    const file = join(directory, 'postgres-2.prom');
    await until('the metrics', () => existsSync(file));
    return readFileSync(file, 'utf8');
  };
  const samples = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

  it.each([
    [
      'version 2',
      {
        'cgroup.controllers': 'cpu memory\n',
        'cpu.stat': 'usage_usec 2003004\nuser_usec 2000000\nsystem_usec 3004\n',
        'memory.stat': 'anon 4096\nfile 900000\nkernel 700\nshmem 1048576\nanon_thp 5\n',
      },
    ],
    [
      'version 1',
      {
        'cpuacct/cpuacct.usage': '2003004999\n',
        'memory/memory.stat': 'rss 1\nshmem 1\ntotal_cache 900000\ntotal_rss 4096\ntotal_shmem 1048576\n',
      },
    ],
  ])('is read from control groups of %s', async (_, files) => {
    expect(samples(await metricsOf(files))).toEqual([
      'postgres_node_cpu_seconds_total{node="postgres-2:5432"} 2.003004',
      'postgres_node_memory_bytes{node="postgres-2:5432"} 1052672',
    ]);
  });

  it('has the names, types and meanings that npm start has', async () => {
    const files = { 'cpuacct/cpuacct.usage': '1\n', 'memory/memory.stat': 'total_rss 1\ntotal_shmem 1\n' };
    const comments = (text: string) => text.split('\n').filter((line) => line.startsWith('#'));
    const ofStart = await nodeMetrics(() => []).metrics();
    expect(comments(await metricsOf(files))).toEqual(comments(ofStart));
  });

  it('is nothing, and the log says why, where there are no such files', async () => {
    script = spawn('bash', [SCRIPT], {
      env: { PATH: process.env.PATH, NODE: 'postgres-2', CGROUP: directory, USAGE: directory },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let log = '';
    script.stderr?.setEncoding('utf8').on('data', (text: string) => (log += text));
    const [code] = (await once(script, 'close')) as [number];
    expect(code).toBe(1);
    expect(log).toContain('cpuacct.usage: No such file or directory');
    expect(existsSync(join(directory, 'postgres-2.prom'))).toBe(false);
  });
});
