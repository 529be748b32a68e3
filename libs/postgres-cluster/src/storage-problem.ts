import { accessSync, constants, lstatSync, type Stats, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { DirectoryError, PostgresProcessError, WaitTimeoutError } from './errors';

/** PostgreSQL writes its log in files of this size, and ends when there is no room for the next one. */
const WAL_SEGMENT_BYTES = 16 * 1_024 ** 2;

type Storage = 'full' | 'read-only' | 'forbidden';

const CODES: Readonly<Record<string, Storage>> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  // SQLSTATE disk_full
  '53100': 'full',
  EROFS: 'read-only',
  EACCES: 'forbidden',
  EPERM: 'forbidden',
};
const FULL_IN_LOG = /: (No space left on device|Disk quota exceeded)|HINT: {2}Check free disk space/;
const LOST_CONNECTION = /terminated|shutting down|not yet accepting|recovery mode|ECONNRE|EPIPE/;

/**
 * Says what is wrong with the storage of `directory` and what to do, when that is why something failed;
 * undefined otherwise. The text continues a sentence that begins with the directory. Call it before cleaning
 * up, because a lost connection is explained by how little room there is.
 */
export function storageProblem(error: unknown, directory: string): string | undefined {
  switch (storageOf(error, directory)) {
    case 'full':
      return 'is on a full disk; make room there, then try again.';
    case 'read-only':
      return 'is on a read-only file system; use a directory that can be written.';
    case 'forbidden':
      return forbidden(directory);
    case undefined:
      return undefined;
  }
}

/** The same as an error; the given one when it is about something else. */
export function orStorageProblem(error: unknown, directory: string): unknown {
  if (error instanceof DirectoryError) return error;
  const problem = storageProblem(error, directory);
  return problem === undefined ? error : new DirectoryError(directory, problem, { cause: error });
}

function storageOf(error: unknown, directory: string): Storage | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code = '', message = '', syscall } = error as Partial<NodeJS.ErrnoException>;
  // A port can be forbidden as well.
  if (code in CODES && syscall !== 'listen') return CODES[code];
  if (error instanceof PostgresProcessError && FULL_IN_LOG.test(error.log)) return 'full';
  // The end of a server is all that its clients and those who wait for it see.
  const isUnexplained =
    error instanceof PostgresProcessError ||
    error instanceof WaitTimeoutError ||
    LOST_CONNECTION.test(`${message} ${code}`);
  return isUnexplained && hasNoRoom(directory) ? 'full' : undefined;
}

function hasNoRoom(directory: string): boolean {
  const { bavail, bsize } = statfsSync(nearest(directory).path);
  return bavail * bsize < WAL_SEGMENT_BYTES;
}

function forbidden(directory: string): string {
  const { path, stats } = nearest(directory);
  const uid = process.getuid?.();
  if (stats?.uid === uid) return `cannot be written: change the mode of ${path} (chmod u+rwx).`;
  return `cannot be written by uid ${uid}: ${path} belongs to uid ${stats?.uid}; run as that user, or change the owner.`;
}

/** @throws the system's error when this user cannot write the directory or, before it exists, make it */
export function requireWritable(directory: string): void {
  accessSync(nearest(directory).path, constants.W_OK);
}

/** The directory, or the nearest one above it that exists and can be seen. */
function nearest(directory: string): { path: string; stats: Stats | undefined } {
  const stats = statsOf(directory);
  const parent = dirname(directory);
  return stats !== undefined || parent === directory ? { path: directory, stats } : nearest(parent);
}

function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
