import { spawnSync } from 'node:child_process';
import { chownSync, readFileSync, statSync } from 'node:fs';

/** The user that PostgreSQL runs as, when it is not the current one. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/**
 * PostgreSQL refuses to run as root. When this process is root, PostgreSQL therefore runs as the owner of an
 * existing data directory, otherwise as the user nobody. For an ordinary user it runs as that user
 * (undefined).
 */
export function identityFor(directory: string | undefined): Identity | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const owner = directory === undefined ? undefined : statSync(directory, { throwIfNoEntry: false });
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  return nobody();
}

function nobody(): Identity {
  const entry = /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'));
  return { uid: Number(entry?.[1] ?? 65_534), gid: Number(entry?.[2] ?? 65_534) };
}

/**
 * Asks the system instead of computing access from modes, because mount options and access lists also matter.
 */
export function canEnter(identity: Identity | undefined, directory: string): boolean {
  const { status } = spawnSync('/bin/sh', ['-c', 'cd -- "$1" && test -x .', 'sh', directory], {
    ...identity,
    cwd: '/',
    stdio: 'ignore',
  });
  return status === 0;
}

export function giveTo(identity: Identity | undefined, path: string): void {
  if (identity !== undefined) chownSync(path, identity.uid, identity.gid);
}

/**
 * Passes nothing from the caller's environment: PGDATA, PGOPTIONS or LD_PRELOAD there must not affect a
 * cluster.
 */
export const cleanEnvironment: NodeJS.ProcessEnv = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
