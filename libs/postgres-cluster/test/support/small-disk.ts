import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CHUNKS_BYTES = [1_024 ** 2, 4_096];

/** A file system of its own, in memory. Only root can mount one. */
export class SmallDisk implements Disposable {
  private constructor(readonly path: string) {}

  static ofMebibytes(size: number): SmallDisk {
    const path = mkdtempSync(join(tmpdir(), 'small-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}m,mode=755`, 'tmpfs', path]);
    return new SmallDisk(path);
  }

  /** Leaves no room at all, until {@link empty}. */
  fill(): void {
    const file = openSync(this.#ballast, 'a');
    for (const bytes of CHUNKS_BYTES) {
      const chunk = Buffer.alloc(bytes);
      while (fits(file, chunk));
    }
    closeSync(file);
  }

  empty(): void {
    rmSync(this.#ballast, { force: true });
  }

  makeReadOnly(): void {
    execFileSync('mount', ['-o', 'remount,ro', this.path]);
  }

  [Symbol.dispose](): void {
    execFileSync('umount', ['--lazy', this.path]);
    rmdirSync(this.path);
  }

  get #ballast(): string {
    return join(this.path, 'ballast');
  }
}

function fits(file: number, chunk: Buffer): boolean {
  try {
    writeSync(file, chunk);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false;
    throw error;
  }
}

/** Not every root may: containers often lack the capability. */
export const canMount = (() => {
  if (process.getuid?.() !== 0) return false;
  const path = mkdtempSync(join(tmpdir(), 'small-disk-'));
  const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path]).status === 0;
  if (isMounted) execFileSync('umount', ['--lazy', path]);
  rmdirSync(path);
  return isMounted;
})();
