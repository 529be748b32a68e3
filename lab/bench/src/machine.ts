import { cpus, totalmem } from 'node:os';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly postgres: string;
  /** How much of the CPU other processes used just before the run. */
  readonly busyPercent: number;
}

const LOOK_MS = 1_000;
const QUIET_PERCENT = 15;

/** How much of the CPU is in use while this process is idle. */
export async function lookHowBusy(): Promise<number> {
  const before = cpuTimes();
  await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  const after = cpuTimes();
  const total = after.total - before.total;
  return total === 0 ? 0 : (100 * (total - (after.idle - before.idle))) / total;
}

function cpuTimes(): { readonly idle: number; readonly total: number } {
  const times = cpus().map((processor) => processor.times);
  const idle = times.reduce((sum, each) => sum + each.idle, 0);
  const total = times.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, idle);
  return { idle, total };
}

export function isBusy({ busyPercent }: Pick<Machine, 'busyPercent'>): boolean {
  return busyPercent > QUIET_PERCENT;
}

export function machineWith(postgres: string, busyPercent: number): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    node: process.version,
    postgres,
    busyPercent: Math.round(busyPercent),
  };
}

export function describeMachine(machine: Machine): string {
  const { cpu, cores, memoryGiB, node, postgres, busyPercent } = machine;
  const others = isBusy(machine)
    ? `; ${busyPercent} % of it was in use by other processes when the run began`
    : '';
  return `${cores} cores of ${cpu}, ${memoryGiB} GiB, Node ${node}, PostgreSQL ${postgres}${others}`;
}
