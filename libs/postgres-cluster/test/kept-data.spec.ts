import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { PostgresCluster, until } from '../src';
import { HeldPorts } from '../src/network/free-port';
import { isProcessRunning, postgresProcessesIn, signal } from '../src/process/processes';
import { ChildOwner } from './support/child-owner';
import './support/embedded-only';

describe('a cluster whose data is kept', () => {
  let directory: string;
  const owners: ChildOwner[] = [];

  beforeEach(() => {
    const parent = mkdtempSync(join(tmpdir(), 'kept-data-'));
    directory = join(parent, 'cluster');
    // Only the current user can enter a mkdtemp directory, but PostgreSQL runs as another user when the tests
    // run as root.
    mkdirSync(directory, { recursive: true });
    if (process.getuid?.() === 0) for (const path of [parent, directory]) chmodSync(path, 0o755);
  });
  afterEach(async () => {
    for (const owner of owners.splice(0)) {
      owner.kill();
      await owner.ended();
    }
    await until('all servers to end', () => processesLeft().length === 0);
    rmSync(join(directory, '..'), { recursive: true, force: true });
  });

  const processesLeft = () =>
    [0, 1, 2, 3].flatMap((index) => postgresProcessesIn(join(directory, `node-${index}`)));
  const owned = (...args: ConstructorParameters<typeof ChildOwner>) => {
    const owner = new ChildOwner(...args);
    owners.push(owner);
    return owner;
  };
  const run = async (url: string, sql: string) => {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query(sql)).rows as unknown[];
    } finally {
      await client.end();
    }
  };

  it('keeps rows, passwords, replicas and roles for the next start', async () => {
    const first = await PostgresCluster.start({ directory, replicas: 1 });
    await first.primary.query('CREATE TABLE marks AS SELECT 1 AS id');
    await first.waitForReplication();
    await first.replicas[0]!.promote();
    await first.nodes[0]!.follow(first.primary);
    await first.addReplica();
    const credentials = first.credentials('replicator');
    await first.stop();
    expect(processesLeft()).toEqual([]);

    await using second = await PostgresCluster.start({ directory, replicas: 1 });
    expect(second.credentials('replicator')).toEqual(credentials);
    expect(second.nodes.map(({ role }) => role)).toEqual(['replica', 'primary', 'replica']);
    for (const node of second.nodes) {
      expect((await node.query('SELECT id FROM marks')).rows).toEqual([{ id: 1 }]);
    }
    await second.primary.query('INSERT INTO marks VALUES (2)');
    await second.waitForReplication();
  });

  it('is empty again after a fresh start', async () => {
    const first = await PostgresCluster.start({ directory, replicas: 0 });
    await first.primary.query('CREATE TABLE marks AS SELECT 1 AS id');
    await first.stop();
    await using second = await PostgresCluster.start({ directory, replicas: 0, fresh: true });
    const { rows } = await second.primary.query(`SELECT to_regclass('marks') AS marks`);
    expect(rows).toEqual([{ marks: null }]);
    expect(second.credentials('replicator')).toEqual(first.credentials('replicator'));
  });

  it('grows to the requested number of replicas', async () => {
    await (await PostgresCluster.start({ directory, replicas: 0 })).stop();
    await using grown = await PostgresCluster.start({ directory, replicas: 1 });
    expect(await grown.primary.walSenders(grown.replicas[0])).toHaveLength(1);
  });

  it('adds the missing database and roles', async () => {
    await (await PostgresCluster.start({ directory, replicas: 0 })).stop();
    const database = { name: 'app', owner: 'owner', roles: { owner: {} } };
    const first = await PostgresCluster.start({ directory, replicas: 0, database });
    await run(first.url('owner'), 'CREATE TABLE marks AS SELECT 1 AS id');
    await first.stop();
    const more = { ...database, roles: { ...database.roles, reader: { memberOf: ['pg_monitor'] } } };
    await using second = await PostgresCluster.start({ directory, replicas: 0, database: more });
    expect(second.credentials('owner')).toEqual(first.credentials('owner'));
    const asked = "SELECT current_user AS name, pg_has_role('pg_monitor', 'MEMBER') AS watches";
    expect(await run(second.url('reader'), asked)).toEqual([{ name: 'reader', watches: true }]);
    expect(await run(second.url('owner'), 'SELECT id FROM marks')).toEqual([{ id: 1 }]);
  });

  it('hides its passwords from other users', async () => {
    await using cluster = await PostgresCluster.start({ directory, replicas: 1 });
    const { password } = cluster.credentials('replicator');
    for (const file of ['credentials.json', 'replicator.pgpass', 'node-1.log', 'node-1/cluster.conf']) {
      expect([file, statSync(join(directory, file)).mode & 0o077]).toEqual([file, 0]);
    }
    expect(readFileSync(join(directory, 'node-1', 'cluster.conf'), 'utf8')).not.toContain(password);
    const { rows } = await cluster.replicas[0]!.query<{ conninfo: string }>(
      'SELECT conninfo FROM pg_stat_wal_receiver',
    );
    expect(rows[0]!.conninfo).not.toContain(password);
  });

  it('has one owner at a time, and names it', async () => {
    const owner = owned({ directory, replicas: 0 });
    await owner.started();
    await expect(PostgresCluster.start({ directory, replicas: 0 })).rejects.toMatchObject({
      name: 'DirectoryInUseError',
      ownerPid: owner.pid,
      message: expect.stringContaining(directory) as string,
    });
  });

  it('is taken over after its owner and the watchdog were killed while its nodes were frozen', async () => {
    const owner = owned({ directory, replicas: 1 });
    const { url, postmasters } = await owner.started();
    await run(url, 'CREATE TABLE marks AS SELECT 1 AS id');
    owner.tell('freeze');
    await until('the postmasters to be frozen', () =>
      postmasters.every((pid) => readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') T ')),
    );
    signal(owner.watchdogPid(), 'SIGKILL');
    owner.kill();
    await owner.ended();
    expect(postmasters.map(isProcessRunning)).toEqual([true, true]);

    const messages: string[] = [];
    await using cluster = await PostgresCluster.start({
      directory,
      onProgress: (message) => messages.push(message),
    });
    expect(postmasters.map(isProcessRunning)).toEqual([false, false]);
    expect(messages.join('\n')).toMatch(/Stopped \d+ PostgreSQL processes that a killed owner had left/);
    expect((await cluster.primary.query('SELECT id FROM marks')).rows).toEqual([{ id: 1 }]);
  });

  it('spares another process that has the pid in a stale postmaster.pid', async () => {
    await (await PostgresCluster.start({ directory, replicas: 0 })).stop();
    writeFileSync(
      join(directory, 'node-0', 'postmaster.pid'),
      `${process.pid}\n${directory}/node-0\n0\n1\n\n\n 0 0\nready\n`,
    );
    await using cluster = await PostgresCluster.start({ directory, replicas: 0 });
    expect(cluster.primary.pid).not.toBe(process.pid);
  });

  it('starts over when its creation was interrupted', async () => {
    mkdirSync(join(directory, 'node-0', 'base'), { recursive: true });
    await using cluster = await PostgresCluster.start({ directory, replicas: 0 });
    expect((await cluster.primary.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('refuses a directory that holds something else', async () => {
    writeFileSync(join(directory, 'thesis.txt'), '');
    await expect(PostgresCluster.start({ directory })).rejects.toThrow(
      `${directory} holds files that are not a cluster's ("thesis.txt")`,
    );
    expect(readdirSync(directory)).toEqual(['thesis.txt']);
  });

  it('refuses data from another major version', async () => {
    await (await PostgresCluster.start({ directory, replicas: 0 })).stop();
    const file = join(directory, 'cluster.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/"majorVersion":\d+/, '"majorVersion":9'));
    await expect(PostgresCluster.start({ directory, replicas: 0 })).rejects.toThrow(
      'was made by PostgreSQL 9',
    );
  });

  it('names a taken port before it creates anything', async () => {
    const held = new HeldPorts('127.0.0.1');
    const [port] = await held.holdFree(1);
    await held.close();
    const squatter = createServer().listen(port! + 1, '127.0.0.1');
    await new Promise((resolve) => squatter.once('listening', resolve));
    await expect(PostgresCluster.start({ directory, port: port! })).rejects.toMatchObject({
      name: 'PortInUseError',
      port: port! + 1,
      message: expect.stringContaining(`Port ${port! + 1} on 127.0.0.1 is already in use`) as string,
    });
    expect(readdirSync(directory)).toEqual(['owners']);
    await new Promise((resolve) => squatter.close(resolve));
    await using cluster = await PostgresCluster.start({ directory, port: port! });
    expect(cluster.nodes.map((node) => node.port)).toEqual([port, port! + 1, port! + 2]);
  });
});
