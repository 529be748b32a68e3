import { readdirSync, readFileSync } from 'node:fs';

const NS_PER_MS = 1e6;

/** The CPU time that all threads of a process have used so far, in milliseconds: proc(5), schedstat. */
export function cpuTimeMs(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks)
    .map((thread) => Number(readFileSync(`${tasks}/${thread}/schedstat`, 'utf8').split(' ', 1)[0]))
    .reduce((sum, ns) => sum + ns / NS_PER_MS, 0);
}
