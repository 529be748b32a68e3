import { chmod, rm } from 'node:fs/promises';
import { scratchCopy } from '../scratch-copy';
import { steps } from './steps';

/** Drills `npm run new:service` in a copy of the repository, which is removed at the end. */
async function main(): Promise<void> {
  const folder = await scratchCopy(process.cwd(), 'new-service');
  // The servers of PostgreSQL may run as another user than root.
  await chmod(folder, 0o755);
  try {
    for (const [name, run] of steps) {
      const startedMs = performance.now();
      const observed = await run(folder);
      say(`ok ${seconds(performance.now() - startedMs)} s  ${name}: ${observed}`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function seconds(durationMs: number): string {
  return (durationMs / 1_000).toFixed(1).padStart(6);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
