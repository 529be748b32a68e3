import { walPosition } from '../src/postgres/position/wal-position';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'redis';
import { type Position, RedisSessionMemory } from '../src';
import { eventually } from './support';

const isHere = spawnSync('redis-server', ['--version']).status === 0;
if (!isHere) process.stdout.write('no redis-server here: the memory in Redis is not tested\n');

const at = (lsn: bigint, timeline = 1): Position => walPosition('7123456789', timeline, lsn);

(isHere ? describe : describe.skip)('the memory of sessions in Redis', () => {
  let directory: string;
  let server: ChildProcess;
  let client: ReturnType<typeof createClient>;
  let memory: RedisSessionMemory;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'redis-memory-'));
    const socket = join(directory, 'redis.sock');
    server = spawn(
      'redis-server',
      ['--port', '0', '--unixsocket', socket, '--dir', directory, '--save', '', '--appendonly', 'no'],
      { stdio: 'ignore' },
    );
    client = createClient({ socket: { path: socket, tls: false } });
    client.on('error', () => undefined);
    await client.connect();
    memory = new RedisSessionMemory(
      {
        get: (key) => client.get(key),
        evaluate: (script, keys, args) => client.eval(script, { keys: [...keys], arguments: [...args] }),
      },
      { lifetimeMs: 400, prefix: 'test:' },
    );
  });

  afterAll(async () => {
    client.destroy();
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill();
    await ended;
    rmSync(directory, { recursive: true, force: true });
  });

  it('keeps the latest position, however many advance it at once', async () => {
    expect(await memory.recall('alice')).toBeUndefined();
    const lsns = Array.from({ length: 200 }, (_, n) => BigInt(n) * 0x1_0000_0000n);
    await Promise.all(
      lsns.toSorted(() => Math.random() - 0.5).map((lsn) => memory.advance('alice', at(lsn))),
    );
    expect(await memory.recall('alice')).toEqual(at(199n * 0x1_0000_0000n));
    await memory.advance('alice', at(1n, 2));
    expect(await memory.recall('alice')).toEqual(at(1n, 2));
    expect(await memory.recall('bob')).toBeUndefined();
  });

  it('is not held to a cluster that was created again, nor for ever to one that was restored to before', async () => {
    await memory.advance('dora', at(500n, 3));
    const anew = walPosition('8', 1, 5n);
    await memory.advance('dora', anew);
    expect(await memory.recall('dora')).toEqual(anew);
    await memory.advance('erin', at(500n));
    await eventually('the later one is forgotten, whatever comes', async () => {
      await memory.advance('erin', at(5n));
      return (await memory.recall('erin'))?.log.toString() === at(5n).log.toString();
    });
  });

  it('forgets after its time', async () => {
    await memory.advance('carol', at(5n));
    await eventually('forgotten', async () => (await memory.recall('carol')) === undefined);
  });
});
