import { readFileSync } from 'node:fs';
import { type ProcessStat, processTable, readStat } from './processes';

/** Of one reading, at most: processes may end all the time. */
const MAX_PASSES = 5;

/** What all processes of a server use together. */
export interface ServerUsage {
  /** Processor time since the server started, including that of processes that have ended. */
  readonly cpuSeconds: number;
  /** Memory, in which what the processes share counts once. Undefined when this user may not read it. */
  readonly memoryBytes: number | undefined;
}

/** Reads from `/proc` what servers use, so it measures nothing on systems other than Linux. */
export class UsageMeter {
  readonly #counted = new Map<number, { startTicks: string; cpuSeconds: number }>();

  static readonly isSupported = process.platform === 'linux';

  /** @param postmasterPid undefined, or that of a process that does not run: there is nothing to measure */
  read(postmasterPid: number | undefined): ServerUsage | undefined {
    if (!UsageMeter.isSupported || postmasterPid === undefined) return undefined;
    const processes = processesOf(postmasterPid);
    const [postmaster] = processes;
    if (postmaster === undefined) return undefined;
    return { cpuSeconds: this.#cpuSeconds(postmaster, processes), memoryBytes: memoryOf(processes) };
  }

  /** Never less than before, also when processes have ended during each pass. */
  #cpuSeconds({ pid, startTicks }: ProcessStat, processes: readonly ProcessStat[]): number {
    const before = this.#counted.get(pid);
    const now = processes.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
    const cpuSeconds = before?.startTicks === startTicks ? Math.max(before.cpuSeconds, now) : now;
    this.#counted.set(pid, { startTicks, cpuSeconds });
    return cpuSeconds;
  }
}

/**
 * The postmaster comes first; empty when it does not run. A backend that ends during a pass over `/proc` may
 * be missing both as itself and in the time that the postmaster has waited for, so there is another pass.
 */
function processesOf(postmasterPid: number): readonly ProcessStat[] {
  for (let pass = 1; ; pass += 1) {
    const table = processTable();
    const postmaster = table.find(({ pid }) => pid === postmasterPid);
    if (postmaster === undefined) return [];
    const hasNoneEnded = readStat(postmasterPid)?.waitedSeconds === postmaster.waitedSeconds;
    if (hasNoneEnded || pass === MAX_PASSES) return [postmaster, ...descendantsOf(postmasterPid, table)];
  }
}

function descendantsOf(pid: number, table: readonly ProcessStat[]): ProcessStat[] {
  const children = table.filter(({ parentPid }) => parentPid === pid);
  return children.flatMap((child) => [child, ...descendantsOf(child.pid, table)]);
}

function memoryOf(processes: readonly ProcessStat[]): number | undefined {
  let sum = 0;
  for (const { pid } of processes) {
    try {
      // The proportional set size: each of n processes that share a page counts one n-th of it.
      const [, kibibytes = 0] =
        /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1')) ?? [];
      sum += Number(kibibytes) * 1_024;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // ESRCH and ENOENT: the process has ended.
      if (code !== 'ESRCH' && code !== 'ENOENT') return undefined;
    }
  }
  return sum;
}
