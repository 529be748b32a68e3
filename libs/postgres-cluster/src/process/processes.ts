import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const linux = process.platform === 'linux';

/** The unit of times in `/proc`: sysconf(_SC_CLK_TCK), 100 on every architecture that Node.js runs on. */
const TICKS_PER_SECOND = 100;

/** Sends a signal; false when the process no longer exists. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** A zombie (a dead child that its parent has not waited for) does not count as running. */
export function isProcessRunning(pid: number): boolean {
  if (linux) {
    const stat = readStat(pid);
    return stat !== undefined && stat.state !== 'Z' && stat.state !== 'X';
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Identifies one lifetime of a pid, so that a reused pid is not mistaken for the earlier process. */
export function processBirth(pid: number): string | undefined {
  if (linux) return readStat(pid)?.startTicks;
  try {
    const started = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
    return started.replace(/\W+/g, '-').replace(/^-|-$/g, '');
  } catch {
    return undefined;
  }
}

/** Direct children, read from the whole process table: `/proc/<pid>/task/<pid>/children` may skip some. */
export function childrenOf(pid: number): number[] {
  if (linux) return allPids().filter((candidate) => readStat(candidate)?.parentPid === pid);
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === pid)
    .map(([child]) => Number(child));
}

/**
 * Postgres processes whose working directory is the data directory. This is stronger evidence than a pid
 * file, whose pid may belong to another process by now.
 */
export function postgresProcessesIn(dataDirectory: string): number[] {
  if (linux) {
    return allPids().filter((pid) => {
      try {
        return (
          readlinkSync(`/proc/${pid}/cwd`) === dataDirectory &&
          /(^|\/)postgres( \(deleted\))?$/.test(readlinkSync(`/proc/${pid}/exe`)) &&
          isProcessRunning(pid)
        );
      } catch {
        return false;
      }
    });
  }
  const postmaster = execFileSync('ps', ['-A', '-o', 'pid=,command='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes('postgres') && line.endsWith(`-D ${dataDirectory}`))
    .map((line) => Number.parseInt(line, 10));
  return postmaster.flatMap((pid) => [pid, ...childrenOf(pid)]);
}

export interface ProcessStat {
  readonly pid: number;
  readonly state: string;
  readonly parentPid: number;
  readonly startTicks: string;
  /** Processor time of the process and of the children that it has waited for. */
  readonly cpuSeconds: number;
  /** Of that, the time of the children. */
  readonly waitedSeconds: number;
}

/** Every process of this machine, from one pass over `/proc`. */
export function processTable(): ProcessStat[] {
  return allPids().flatMap((pid) => readStat(pid) ?? []);
}

function allPids(): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number);
}

export function readStat(pid: number): ProcessStat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The second field is the program's name in parentheses and may itself contain spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const seconds = (from: number) => (Number(fields[from]) + Number(fields[from + 1])) / TICKS_PER_SECOND;
  const waitedSeconds = seconds(13);
  return {
    pid,
    state: fields[0] ?? '',
    parentPid: Number(fields[1]),
    startTicks: fields[19] ?? '',
    cpuSeconds: seconds(11) + waitedSeconds,
    waitedSeconds,
  };
}
