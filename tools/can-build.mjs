// Before a build: says in one line when the folders that it writes cannot be written.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const FOLDERS = ['dist', 'libs/db-routing/dist'];
/** About as much as a build needs. */
const BUILD_BYTES = 8 * 1_024 ** 2;
const REASONS = {
  ENOSPC: 'is on a full disk; make room there, then try again.',
  EDQUOT: 'is on a full disk; make room there, then try again.',
  EROFS: 'is on a read-only file system; use a copy that can be written.',
  EACCES: 'cannot be written by this user; run as its owner, or change the owner.',
  EPERM: 'cannot be written by this user; run as its owner, or change the owner.',
};

for (const folder of FOLDERS) {
  const probe = join(folder, `.probe-${process.pid}`);
  try {
    // Not recursive, which reports a read-only file system as a missing one.
    if (!existsSync(folder)) mkdirSync(folder);
    writeFileSync(probe, Buffer.alloc(BUILD_BYTES));
  } catch (error) {
    const reason = REASONS[error.code];
    if (reason === undefined) throw error;
    process.stderr.write(`The build folder ${resolve(folder)} ${reason}\n`);
    process.exitCode = 1;
    break;
  } finally {
    rmSync(probe, { force: true });
  }
}
// Becomes dist/.built at the end of the build, with the time of its beginning: see build-if-changed.mjs.
if (process.exitCode === undefined) writeFileSync(join('dist', '.building'), '');
