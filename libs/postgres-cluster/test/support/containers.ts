import { execFileSync } from 'node:child_process';
import { backendName } from '../../src/options';

export const isOnContainers = backendName({}) === 'testcontainers';

/**
 * What Docker still has of the cluster in a directory, running or not; empty where the tests do not use
 * Docker.
 */
export function containersOf(directory: string): string[] {
  if (!isOnContainers) return [];
  const filter = `label=postgres-cluster.directory=${directory}`;
  const list = (...args: string[]) => execFileSync('docker', args, { encoding: 'utf8' }).trim();
  return [
    list('ps', '--all', '--quiet', '--filter', filter),
    list('network', 'ls', '--quiet', '--filter', filter),
  ].flatMap((output) => output.split('\n').filter(Boolean));
}
