import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { databaseUrl, HOST } from '../database-url';
import { loadPasswords, passwordOf, type Passwords } from '../passwords';
import { hasLivingOwner } from '../process/ownership';
import { type SavedState, substituteFor } from './data-root';

/** A cluster that another process runs. */
export interface RunningCluster {
  /** All nodes in one URL. Throws RangeError when the cluster has no such role. */
  url(role: string, database: string): string;
  /** Throws RangeError when the cluster has no such role. */
  credentials(role: string): { user: string; password: string };
}

/** The cluster that another process runs with its data in this directory; undefined if there is none. */
export function runningClusterIn(directory: string): RunningCluster | undefined {
  const wanted = resolve(directory);
  for (const candidate of [wanted, substituteFor(wanted)]) {
    const file = (name: string) => join(candidate, name);
    const isComplete = ['cluster.json', 'credentials.json', 'owners'].every((name) => existsSync(file(name)));
    if (!isComplete || !hasLivingOwner(file('owners'))) continue;
    const { ports = [] } = JSON.parse(readFileSync(file('cluster.json'), 'utf8')) as SavedState;
    if (ports.length > 0) return runningCluster(ports, loadPasswords(file('credentials.json')));
  }
  return undefined;
}

function runningCluster(ports: readonly number[], passwords: Passwords): RunningCluster {
  const nodes = ports.map((port) => ({ host: HOST, port }));
  return {
    url: (role, database) => databaseUrl(role, passwordOf(passwords, role), nodes, database),
    credentials: (role) => ({ user: role, password: passwordOf(passwords, role) }),
  };
}
