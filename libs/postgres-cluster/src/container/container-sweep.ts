import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';

/** Removes everything that has the label $1. If $2 is `stop`, PostgreSQL first gets time to shut down. */
const SWEEP = `
sweep() {
  ids=$(docker ps --all --quiet --filter "label=$1")
  if [ -n "$ids" ]; then
    docker unpause $ids
    [ "$2" != stop ] || docker stop --time 8 $ids
    docker rm --force --volumes $ids
  fi
  networks=$(docker network ls --quiet --filter "label=$1")
  [ -z "$networks" ] || docker network rm $networks
}
`;
const SWEEP_NOW = `${SWEEP} sweep "$@"`;
/**
 * Waits on its standard input, whose end means that the parent is gone, for any reason. It sweeps twice,
 * because Docker finishes creating a container even if the process that requested it has died.
 */
const SWEEP_AT_DEATH = `
trap '' INT TERM HUP QUIT
${SWEEP}
while read -r order; do [ "$order" != quit ] || exit 0; done
sweep "$@"
sleep 1
sweep "$@"
[ -z "$3" ] || rm -rf -- "$3"
`;

export type SweepMode = 'stop' | 'kill';

export async function sweep(label: string, mode: SweepMode): Promise<void> {
  await once(spawn('/bin/sh', ['-c', SWEEP_NOW, 'sh', label, mode], { cwd: '/', stdio: 'ignore' }), 'exit');
}

/**
 * Ensures that no container outlives this process. Testcontainers' own reaper can be disabled, and waits ten
 * seconds.
 */
export class ContainerWatchdog {
  readonly #process: ChildProcess;

  /** @param directory also removed, when given */
  constructor(label: string, mode: SweepMode, directory = '') {
    this.#process = spawn('/bin/sh', ['-c', SWEEP_AT_DEATH, 'sh', label, mode, directory], {
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#process.unref();
    const pipe = this.#process.stdin;
    // Writing to a watchdog that was killed fails; that must not crash the parent.
    pipe?.on('error', () => undefined);
    (pipe as Socket | null)?.unref();
  }

  quit(): void {
    this.#process.stdin?.end('quit\n');
  }
}
