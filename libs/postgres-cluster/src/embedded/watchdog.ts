import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/**
 * Reads what to watch from its standard input. The end of input means that the parent is gone, for any
 * reason. It then wakes what is frozen, shuts PostgreSQL down, kills what does not exit, and removes a
 * temporary directory. It is a shell script so that it uses about a megabyte and runs the same from source
 * and from dist.
 */
const SCRIPT = `
trap '' INT TERM HUP QUIT
watched=
remove=
while read -r command value; do
  case $command in
    watch) watched="$watched $value" ;;
    forget)
      rest=
      for pid in $watched; do [ "$pid" = "$value" ] || rest="$rest $pid"; done
      watched=$rest ;;
    remove) remove=$value ;;
    quit) exit 0 ;;
  esac
done
children() { cat "/proc/$1/task/$1/children" 2>/dev/null || pgrep -P "$1"; }
# A zombie that init never reaps (in some containers) still answers kill -0.
running() {
  kill -0 "$1" 2>/dev/null || return 1
  [ -r "/proc/$1/stat" ] || return 0
  read -r _ _ state _ <"/proc/$1/stat" && [ "$state" != Z ]
}
alive() { for pid in $watched; do running "$pid" && return 0; done; return 1; }
how=INT
[ -n "$remove" ] && how=QUIT
for pid in $watched; do
  kill -CONT $(children "$pid") "$pid"
  kill -$how "$pid"
done
tries=0
while alive && [ $tries -lt 80 ]; do tries=$((tries + 1)); sleep 0.1; done
for pid in $watched; do
  running "$pid" || continue
  left=$(children "$pid")
  kill -KILL "$pid" $left
done
[ -z "$remove" ] || rm -rf -- "$remove"
`;

/** Ensures that no PostgreSQL outlives this process, even when it is SIGKILLed. */
export class Watchdog {
  readonly #process: ChildProcess;

  constructor() {
    // Its own process group: Ctrl-C in the terminal is for the parent, which decides the order of stopping.
    this.#process = spawn('/bin/sh', ['-c', SCRIPT], {
      cwd: '/',
      detached: true,
      env: { PATH: '/usr/bin:/bin' },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#process.unref();
    const pipe = this.#process.stdin;
    // Writing to a watchdog that was killed fails; that must not crash the parent.
    pipe?.on('error', () => undefined);
    (pipe as Socket | null)?.unref();
  }

  watch(pid: number): void {
    this.#tell(`watch ${pid}`);
  }

  forget(pid: number): void {
    this.#tell(`forget ${pid}`);
  }

  /** Removes the directory if this process dies before it does so itself. */
  removeAtDeath(directory: string): void {
    this.#tell(`remove ${directory}`);
  }

  quit(): void {
    this.#tell('quit');
    this.#process.stdin?.end();
  }

  #tell(order: string): void {
    this.#process.stdin?.write(`${order}\n`);
  }
}
