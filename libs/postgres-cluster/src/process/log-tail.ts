import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const LOG_TAIL_BYTES = 2_000;

/** The end of what was written to a log after its first `start` bytes. */
export function logSince(logFile: string, start: number): string {
  const file = openSync(logFile, 'r');
  try {
    const from = Math.max(start, fstatSync(file).size - LOG_TAIL_BYTES);
    const buffer = Buffer.alloc(fstatSync(file).size - from);
    readSync(file, buffer, 0, buffer.length, from);
    return buffer.toString('utf8').trim();
  } finally {
    closeSync(file);
  }
}
