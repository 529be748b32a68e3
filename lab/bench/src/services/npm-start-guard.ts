import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What `npm start` prints when the services are ready. */
const READY = 'Ctrl-C stops everything';

/** What the guard tells its parent. */
export interface NpmStartReady {
  /** Since npm was started. */
  readonly readyMs: number;
}

/**
 * Runs `npm start` in the current directory, until the parent tells it to stop or has gone. Without it, npm
 * would go on when its parent dies.
 */
function main(): void {
  const startedMs = performance.now();
  // In a process group of its own, so that one signal reaches npm and what it has started.
  const npm = spawn('npm', ['start'], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  createInterface({ input: npm.stdout }).on('line', (line) => {
    process.stderr.write(`${line}\n`);
    if (!line.startsWith(READY)) return;
    process.send?.({ readyMs: performance.now() - startedMs } satisfies NpmStartReady);
  });
  npm.once('exit', (code) => process.exit(code ?? 1));
  const stop = () => {
    if (npm.pid !== undefined) process.kill(-npm.pid, 'SIGTERM');
  };
  process.once('disconnect', stop);
  process.once('SIGTERM', stop);
}

main();
