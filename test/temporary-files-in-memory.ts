import { readFileSync, statfsSync } from 'node:fs';
import { freemem } from 'node:os';

const DIRECTORY = '/dev/shm';
/** More than the clusters of three workers have ever taken. */
const ROOM_BYTES = 6 * 2 ** 30;

/**
 * Run once before the tests, by Jest. Test clusters write as durably as others, and their directories come
 * and go: where the machine has room in memory for temporary files, this takes a quarter of the time that it
 * takes on a disk. TMPDIR, when set, decides instead.
 */
export default function keepTemporaryFilesInMemory(): void {
  if (process.env.TMPDIR === undefined && hasRoom()) process.env.TMPDIR = DIRECTORY;
}

function hasRoom(): boolean {
  if (freemem() < ROOM_BYTES || !isMountedForPrograms()) return false;
  const { bavail, bsize } = statfsSync(DIRECTORY);
  return bavail * bsize >= ROOM_BYTES;
}

/** False on other systems than Linux, and in containers that allow no programs there. */
function isMountedForPrograms(): boolean {
  if (process.platform !== 'linux') return false;
  const mounts = readFileSync('/proc/mounts', 'utf8').split('\n');
  const options = mounts
    .map((mount) => mount.split(' '))
    .find(([, directory]) => directory === DIRECTORY)?.[3];
  return options?.split(',').includes('noexec') === false;
}
