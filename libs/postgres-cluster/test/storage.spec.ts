import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClusterOptions, DirectoryError, PostgresCluster, until } from '../src';
import { canEnter, identityFor } from '../src/process/run-as';
import { ChildOwner } from './support/child-owner';
import { canMount, SmallDisk } from './support/small-disk';
import './support/embedded-only';

const isRoot = process.getuid?.() === 0;

/** The error of a start that must fail. */
const failure = async (options: ClusterOptions): Promise<Error> => {
  try {
    await (await PostgresCluster.start(options)).stop();
  } catch (error) {
    return error as Error;
  }
  throw new Error('the cluster has started');
};

describe('a directory that this user cannot write', () => {
  it('is named in one line, with its owner', async () => {
    const parent = mkdtempSync(join(tmpdir(), 'unwritable-'));
    const directory = join(parent, 'cluster');
    try {
      chmodSync(parent, 0o555);
      if (isRoot && canEnter(identityFor(undefined), __dirname)) {
        const identity = identityFor(undefined)!;
        const owner = new ChildOwner({ directory, replicas: 0 }, { identity });
        await expect(owner.started()).rejects.toThrow(
          `DirectoryError: The cluster directory ${directory} cannot be written by uid ${identity.uid}: ` +
            `${parent} belongs to uid 0; run as that user, or change the owner.`,
        );
        await owner.ended();
      } else if (!isRoot) {
        expect((await failure({ directory })).message).toBe(
          `The cluster directory ${directory} cannot be written: change the mode of ${parent} (chmod u+rwx).`,
        );
      }
    } finally {
      chmodSync(parent, 0o755);
      rmSync(parent, { recursive: true });
    }
  });
});

// Mounting a small file system needs root, and in a container the capability to do so.
(canMount ? describe : describe.skip)('a disk (skipped where this process cannot mount one)', () => {
  const full = (directory: string) =>
    `The cluster directory ${directory} is on a full disk; make room there, then try again.`;

  // PostgreSQL needs about 40 MB for a new database.
  it.each([
    ['the files of the cluster', 0],
    ['a new database', 20],
    ['its replicas', 60],
  ])('without room for %s is named in one line', async (_, mebibytes) => {
    using disk = SmallDisk.ofMebibytes(Math.max(mebibytes, 1));
    if (mebibytes === 0) disk.fill();
    const directory = join(disk.path, 'cluster');
    const error = await failure({ directory, replicas: 2 });
    expect(error).toBeInstanceOf(DirectoryError);
    expect(error.message).toBe(full(directory));
  });

  it('that is full when kept data is started is named, and the data can be used when there is room', async () => {
    using disk = SmallDisk.ofMebibytes(100);
    const options = { directory: join(disk.path, 'cluster'), replicas: 0 };
    const first = await PostgresCluster.start(options);
    await first.primary.query('CREATE TABLE marks AS SELECT 1 AS id');
    await first.stop();
    disk.fill();
    expect((await failure(options)).message).toBe(full(options.directory));
    disk.empty();
    await using again = await PostgresCluster.start(options);
    expect((await again.primary.query('SELECT id FROM marks')).rows).toEqual([{ id: 1 }]);
  });

  it('that fills up while the cluster runs is named when PostgreSQL ends', async () => {
    using disk = SmallDisk.ofMebibytes(100);
    const directory = join(disk.path, 'cluster');
    const messages: string[] = [];
    await using cluster = await PostgresCluster.start({
      directory,
      replicas: 0,
      onProgress: (message) => messages.push(message),
    });
    const { primary } = cluster;
    await primary.query('CREATE TABLE marks (id bigint)');
    // Without this, PostgreSQL would go on for as long as it finds old files of its log to use again.
    await primary.query("SELECT pg_create_physical_replication_slot('keeps_the_log', true)");
    // By default, it then recovers, which either fails or waits until there is room.
    await primary.query('ALTER SYSTEM SET restart_after_crash = off');
    await primary.query('SELECT pg_reload_conf()');
    disk.fill();
    // It has made some files in advance.
    await until('PostgreSQL to end', async () => {
      await primary.query('INSERT INTO marks VALUES (1)').catch(() => undefined);
      await primary.query('SELECT pg_switch_wal()').catch(() => undefined);
      return !primary.isRunning;
    });
    expect(messages.at(-1)).toBe(
      `The data directory ${primary.dataDirectory} is on a full disk; make room there, then try again.`,
    );
    disk.empty();
  });

  it('that is read-only is named in one line', async () => {
    using disk = SmallDisk.ofMebibytes(100);
    const directory = join(disk.path, 'cluster');
    mkdirSync(directory);
    disk.makeReadOnly();
    expect((await failure({ directory })).message).toBe(
      `The cluster directory ${directory} is on a read-only file system; use a directory that can be written.`,
    );
  });
});
