import { availableParallelism, cpus, totalmem } from 'node:os';

/** Describes in one line where the numbers come from. */
export function describeMachine(serverVersion: string): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const memoryGib = Math.round(totalmem() / 2 ** 30);
  return `${availableParallelism()} × ${model}, ${memoryGib} GiB, Node ${process.version}, PostgreSQL ${serverVersion}`;
}
