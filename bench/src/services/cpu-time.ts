import { readdirSync, readFileSync } from 'node:fs';

/**
 * CPU time that processes and their children have had so far, in milliseconds. Linux tells; elsewhere undefined. What ended meanwhile
 * is no longer counted, so this is for servers that keep their processes.
 */
export function cpuTimeMs(pids: readonly number[]): number | undefined {
  let totalNs = 0;
  for (const pid of pids) {
    const own = readNanoseconds(pid);
    if (own === undefined) return undefined;
    totalNs += own;
    for (const child of childrenOf(pid)) totalNs += readNanoseconds(child) ?? 0;
  }
  return totalNs / 1e6;
}

/** Of all its threads. */
function readNanoseconds(pid: number): number | undefined {
  try {
    return readdirSync(`/proc/${pid}/task`)
      .map((thread) => Number(read(`/proc/${pid}/task/${thread}/schedstat`)?.split(' ', 1)[0] ?? 0))
      .reduce((sum, ns) => sum + ns, 0);
  } catch {
    return undefined;
  }
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
