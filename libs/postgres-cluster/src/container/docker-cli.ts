import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { PostgresClusterError, PostgresProcessError } from '../errors';

const run = promisify(execFile);

/**
 * Runs the `docker` program for what the client library cannot do: synchronous calls, and calls from a
 * process that outlives this one.
 */
export async function docker(...args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await run('docker', [...args], { cwd: '/', maxBuffer: 16 * 1024 * 1024 });
    return stdout.trim();
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new PostgresProcessError(`docker ${args[0] ?? ''} failed.`, `${stdout}${stderr}`.trim());
  }
}

/** @throws PostgresClusterError with docker's output */
export function dockerNow(...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync('docker', [...args], { cwd: '/', encoding: 'utf8' });
  if (status === 0) return;
  throw new PostgresClusterError(
    `docker ${args.join(' ')} failed: ${error?.message ?? stderr.trim()}`,
    error && { cause: error },
  );
}
