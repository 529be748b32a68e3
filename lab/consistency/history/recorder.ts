import { closeSync, openSync, writeSync } from 'node:fs';
import type { HistoryLine } from './lines';

/**
 * Keeps the history and writes each line to the file immediately, so that it can be checked even after a
 * crash.
 */
export class Recorder {
  readonly lines: HistoryLine[] = [];
  readonly #file: number;

  constructor(readonly fileName: string) {
    this.#file = openSync(fileName, 'w', 0o644);
  }

  add(line: HistoryLine): void {
    this.lines.push(line);
    writeSync(this.#file, `${JSON.stringify(line)}\n`);
  }

  close(): void {
    closeSync(this.#file);
  }
}
