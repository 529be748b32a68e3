import { readdirSync, readFileSync } from 'node:fs';

/**
 * CPU time that processes and their children, including exited ones, have used so far, in milliseconds.
 * Undefined outside Linux.
 */
export function cpuTimeMs(pids: readonly number[]): number | undefined {
  let totalNs = 0;
  for (const pid of pids) {
    const own = readNanoseconds(pid);
    if (own === undefined) return undefined;
    totalNs += own + endedChildrenNs(pid);
    for (const child of childrenOf(pid)) totalNs += readNanoseconds(child) ?? 0;
  }
  return totalNs / 1e6;
}

/** Includes all threads of the process. */
function readNanoseconds(pid: number): number | undefined {
  try {
    return readdirSync(`/proc/${pid}/task`)
      .map((thread) => Number(read(`/proc/${pid}/task/${thread}/schedstat`)?.split(' ', 1)[0] ?? 0))
      .reduce((sum, ns) => sum + ns, 0);
  } catch {
    return undefined;
  }
}

/** Linux counts CPU time in hundredths of a second. */
const NS_PER_TICK = 1e7;
/** Positions of `cutime` and `cstime`, counted after the name, which may contain anything: proc(5). */
const ENDED_FIELDS = [13, 14];

function endedChildrenNs(pid: number): number {
  const text = read(`/proc/${pid}/stat`) ?? '';
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return ENDED_FIELDS.reduce((sum, field) => sum + Number(fields[field] ?? 0) * NS_PER_TICK, 0);
}

function childrenOf(pid: number): number[] {
  const text = read(`/proc/${pid}/task/${pid}/children`) ?? '';
  return text.split(' ').filter(Boolean).map(Number);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
