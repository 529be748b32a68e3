import { execFile } from 'node:child_process';

const TIMEOUT_MS = 300_000;

/**
 * Runs a command in `cwd`.
 *
 * @returns what it wrote to stdout
 * @throws Error with everything that it wrote, when it fails
 */
export function run(cwd: string, command: string, ...args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd, timeout: TIMEOUT_MS, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${[command, ...args].join(' ')} failed:\n${stdout}${stderr}`, { cause: error }));
    });
  });
}
