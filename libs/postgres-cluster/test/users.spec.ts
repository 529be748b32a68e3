import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PostgresCluster } from '../src';
import { prepareRuntime } from '../src/embedded/binaries';
import { platformPackage } from '../src/embedded/npm-packages';
import { postgresVersion } from '../src/postgres-version';
import { canEnter, identityFor } from '../src/process/run-as';
import { ChildOwner } from './support/child-owner';
import './support/embedded-only';

const isRoot = process.getuid?.() === 0;
const runtimeInPlace = prepareRuntime(identityFor(undefined));

describe('the user that PostgreSQL runs as, and its directories', () => {
  let parent: string;

  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'users-'));
    chmodSync(parent, 0o755);
  });
  afterEach(() => {
    rmSync(parent, { recursive: true, force: true });
  });

  /** The platform package without its library links, as npm leaves it when install scripts are off. */
  const copyPackage = (mode: number) => {
    const copy = join(parent, 'package');
    cpSync(platformPackage(postgresVersion({})), copy, { recursive: true, verbatimSymlinks: true });
    const lib = join(copy, 'native', 'lib');
    for (const entry of readdirSync(lib, { withFileTypes: true })) {
      if (entry.isSymbolicLink()) rmSync(join(lib, entry.name));
    }
    chmodSync(copy, mode);
    return copy;
  };

  it('is not root, and only that user can read the data', async () => {
    await using cluster = await PostgresCluster.start({ replicas: 0 });
    expect(statSync(`/proc/${cluster.primary.pid!}`).uid).not.toBe(0);
    expect(statSync(cluster.primary.dataDirectory).mode & 0o777).toBe(0o700);
  });

  it('creates the library links that a skipped install script did not', () => {
    const copy = copyPackage(0o755);
    const runtime = prepareRuntime(identityFor(undefined), { packageDirectory: copy });
    expect(runtime.binDirectory).toBe(join(copy, 'native', 'bin'));
    expect(existsSync(join(copy, 'native', 'lib', 'libpq.so.5'))).toBe(true);
  });

  it('names a missing package', () => {
    expect(runtimeInPlace.majorVersion).toBe(postgresVersion({}).majorVersion);
    expect(() => prepareRuntime(undefined, { packageDirectory: join(parent, 'nowhere') })).toThrow('nowhere');
  });

  if (isRoot) {
    const nobody = identityFor(undefined)!;

    it('copies the programs to where the user can reach them, once, and again when a file is missing', () => {
      const copy = copyPackage(0o700);
      const copiesDirectory = join(parent, 'copies');
      mkdirSync(copiesDirectory);
      const messages: string[] = [];
      const prepare = () =>
        prepareRuntime(nobody, {
          packageDirectory: copy,
          copiesDirectory,
          onProgress: (message) => messages.push(message),
        });
      const { binDirectory } = prepare();
      expect(binDirectory.startsWith(copiesDirectory)).toBe(true);
      prepare();
      expect(messages).toHaveLength(1);
      rmSync(join(binDirectory, 'initdb'));
      prepare();
      expect(messages).toHaveLength(2);
      expect(existsSync(join(binDirectory, 'initdb'))).toBe(true);
      expect(readdirSync(copiesDirectory)).toHaveLength(1);

      chmodSync(dirname(dirname(binDirectory)), 0o777);
      expect(prepare).toThrow('is not safe to run programs from');
    });

    it('keeps data elsewhere when the user cannot enter the directory, says where, and uses it at the next start', async () => {
      chmodSync(parent, 0o700);
      const directory = join(parent, 'cluster');
      const messages: string[] = [];
      const start = () =>
        PostgresCluster.start({ directory, replicas: 0, onProgress: (message) => messages.push(message) });
      const cluster = await start();
      const elsewhere = cluster.directory;
      try {
        expect(elsewhere).not.toBe(directory);
        expect(messages[0]).toBe(
          `Keeping the data in ${elsewhere}: uid ${nobody.uid} cannot enter ${directory}`,
        );
        await cluster.primary.query('CREATE TABLE marks AS SELECT 1 AS id');
        await cluster.stop();
        await using again = await start();
        expect(again.directory).toBe(elsewhere);
        expect((await again.primary.query('SELECT id FROM marks')).rows).toEqual([{ id: 1 }]);
      } finally {
        await cluster.stop();
        rmSync(elsewhere, { recursive: true, force: true });
      }
    });

    it("keeps another user's directory usable by that user after root has worked in it", async () => {
      const directory = join(parent, 'cluster');
      mkdirSync(directory);
      chownSync(directory, nobody.uid, nobody.gid);
      await (await PostgresCluster.start({ directory, replicas: 1 })).stop();
      const owners = readdirSync(directory).map((entry) => [entry, statSync(join(directory, entry)).uid]);
      expect(owners).toEqual(readdirSync(directory).map((entry) => [entry, nobody.uid]));
    });
  }

  if (isRoot && canEnter(identityFor(undefined), __dirname)) {
    it('also works as an ordinary user', async () => {
      const identity = identityFor(undefined)!;
      const owner = new ChildOwner({ replicas: 1 }, { identity });
      const { directory, postmasters } = await owner.started();
      expect(statSync(directory).uid).toBe(identity.uid);
      expect(postmasters.map((pid) => statSync(`/proc/${pid}`).uid)).toEqual([identity.uid, identity.uid]);
      owner.tell('stop');
      await owner.ended();
      expect(existsSync(directory)).toBe(false);
    });
  }
});
