import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** PostgreSQL's `utils/pidfile.h` defines the lines of postmaster.pid. */
export interface PidFile {
  readonly pid: number;
  /** Key and id of the System V segment that guards the data directory. */
  readonly sharedMemoryId: string | undefined;
  readonly isReady: boolean;
}

export function readPidFile(dataDirectory: string): PidFile | undefined {
  let lines: string[];
  try {
    lines = readFileSync(join(dataDirectory, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return undefined;
  }
  return {
    pid: Number(lines[0]),
    sharedMemoryId: lines[6]?.trim().split(/\s+/)[1],
    isReady: lines[7]?.trim() === 'ready',
  };
}
