import { readFileSync } from 'node:fs';
import { setTimeout as elapsed } from 'node:timers/promises';
import type { Bench, Plan, WorkGroup } from '../bench';
import { MEBIBYTE } from '../metrics';
import { cpuTimeMs } from '../services/cpu-time';
import { NpmStart } from '../services/npm-start';
import type { ServiceProcess } from '../services/service-process';
import { type ServiceName, startService } from '../services/shops';
import { formatNumber } from '../statistics';

export const START_AND_IDLE = 'start-and-idle';
export const NPM_START = 'npm start';
export const SERVICE = 'order-service';
export const [NEW, KEPT, ALONE, IDLE] = ['new data', 'kept data', 'alone', 'idle'] as const;
export const [READY, IDLE_CPU, MEMORY] = ['ready s', 'CPU %', 'memory MiB'] as const;

const SERVICES: readonly ServiceName[] = [SERVICE, 'history-service'];
/** As the image sets it. */
const ENVIRONMENT = { MALLOC_ARENA_MAX: '2' };
/** Until then, V8 collects what the start has left. */
const REST_MS = 90_000;
const IDLE_MS = 40_000;
const SMOKE_MS = 500;
const STARTS_MS = 20_000;

/** What the services cost before they do anything. */
export const startAndIdle: WorkGroup = {
  works: [{ name: START_AND_IDLE, title: 'From a built tree: until it is ready, and when nothing is asked' }],
  isDefault: true,
  expectedMs: (plan) => plan.rounds * (STARTS_MS + idleMs(plan)) + restMs(plan),
  async run(bench) {
    const { rounds } = bench.plan;
    for (let round = 1; round <= rounds; round += 1) await measureStarts(bench);
    const services = await Promise.all(
      SERVICES.map((name) => startService(bench, name, 'direct', ENVIRONMENT)),
    );
    bench.say(`  ${START_AND_IDLE}: ${restMs(bench.plan) / 1_000} s of rest`);
    await elapsed(restMs(bench.plan));
    for (let round = 1; round <= rounds; round += 1) await measureIdle(bench, services);
  },
};

function restMs({ isSmoke }: Plan): number {
  return isSmoke ? SMOKE_MS : REST_MS;
}

function idleMs({ isSmoke }: Plan): number {
  return isSmoke ? SMOKE_MS : IDLE_MS;
}

async function measureStarts(bench: Bench): Promise<void> {
  const npmStart = bench.use(new NpmStart());
  for (const data of [NEW, KEPT]) {
    record(bench, data, NPM_START, { [READY]: (await npmStart.start()) / 1_000 });
    await npmStart.stop();
  }
  // Its data is removed at the end of the work: after a removal, the file system is slow for a while.
  const startedMs = performance.now();
  const service = await startService(bench, SERVICE, 'direct', ENVIRONMENT);
  record(bench, ALONE, SERVICE, { [READY]: (performance.now() - startedMs) / 1_000 });
  await service.close();
}

async function measureIdle(bench: Bench, services: readonly ServiceProcess[]): Promise<void> {
  const pids = services.map(({ pid = 0 }) => pid);
  const cpuMs = () => pids.map((pid) => cpuTimeMs([pid]));
  const [before, startedMs] = [cpuMs(), performance.now()];
  await elapsed(idleMs(bench.plan));
  const [after, tookMs] = [cpuMs(), performance.now() - startedMs];
  SERVICES.forEach((name, index) => {
    const [from, to, bytes] = [before[index], after[index], residentBytes(pids[index] ?? 0)];
    record(bench, IDLE, name, {
      ...(from !== undefined && to !== undefined && { [IDLE_CPU]: (100 * (to - from)) / tookMs }),
      ...(bytes !== undefined && { [MEMORY]: bytes / MEBIBYTE }),
    });
  });
}

/** Undefined outside Linux. */
function residentBytes(pid: number): number | undefined {
  try {
    const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1_024;
  } catch {
    return undefined;
  }
}

function record(
  { figures, say }: Bench,
  circumstances: string,
  contender: string,
  values: Record<string, number>,
): void {
  for (const [metric, value] of Object.entries(values)) {
    figures.add({ work: START_AND_IDLE, case: circumstances, contender, metric }, value);
    say(`  ${START_AND_IDLE}, ${circumstances}: ${contender}, ${metric} ${formatNumber(value)}`);
  }
}
