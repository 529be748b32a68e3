import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { until } from '@app/postgres-cluster';
import { readAlerts } from './alerts';
import { panelQueries } from './dashboards';
import type { Prometheus } from './prometheus';
import { PROMETHEUS_DIRECTORY } from './prometheus-config';

/** What is wrong; empty where nothing is. */
export type Complaints = string[];

const JOBS = ['order-service', 'history-service', 'postgres', 'machine'];
const TARGETS_TIMEOUT_MS = 15_000;

/** Prometheus' own word on the files, and the unit tests of the alerts. */
export function checkFiles(promtool: string): Complaints {
  const commands = [
    ['check', 'config', 'prometheus.yml'],
    ['check', 'rules', 'alerts.yml'],
    ['test', 'rules', 'alerts.test.yml'],
  ];
  return commands.flatMap((args) => {
    const cwd = join(process.cwd(), PROMETHEUS_DIRECTORY);
    const { status, stdout, stderr } = spawnSync(promtool, args, { cwd, encoding: 'utf8' });
    return status === 0 ? [] : [`promtool ${args.join(' ')}:\n${stdout}${stderr}`];
  });
}

/** Every target of the configuration, both services among them, is scraped. */
export async function checkTargets(prometheus: Prometheus): Promise<Complaints> {
  const complaints = async (): Promise<Complaints> => {
    const targets = await prometheus.targets();
    const jobs = new Set(targets.map(({ job }) => job));
    return [
      // There are none at all for the first seconds.
      ...JOBS.filter((job) => !jobs.has(job)).map((job) => `no target of the job ${job}`),
      ...targets
        .filter(({ health }) => health !== 'up')
        .map(({ job, health, lastError }) => `a target of ${job} is ${health}: ${lastError}`),
    ];
  };
  await until('every target to be up', async () => (await complaints()).length === 0, {
    timeoutMs: TARGETS_TIMEOUT_MS,
  }).catch(() => undefined);
  return complaints();
}

/** Every query of the dashboards has had something to show. */
export async function checkDashboards(
  prometheus: Prometheus,
): Promise<{ queries: number; complaints: Complaints }> {
  const queries = panelQueries();
  const complaints: Complaints = [];
  for (const { where, expression } of queries) {
    if (!(await hasData(prometheus, expression)))
      complaints.push(`nothing to show in ${where}: ${expression}`);
  }
  return { queries: queries.length, complaints };
}

/** Every alert was raised by the scenario, or is quiet although what it measures is there. */
export async function checkAlerts(
  prometheus: Prometheus,
  raised: ReadonlySet<string>,
): Promise<{ quiet: string[]; complaints: Complaints }> {
  const complaints: Complaints = [];
  const quiet = readAlerts().filter(({ name }) => !raised.has(name));
  for (const { name, measured } of quiet) {
    if (measured === undefined) complaints.push(`the alert ${name} was to be raised`);
    else if (!(await hasData(prometheus, measured))) complaints.push(`${name} measures nothing: ${measured}`);
  }
  return { quiet: quiet.map(({ name }) => name), complaints };
}

/** NaN, as of a rate divided by zero, is nothing that could be shown. */
async function hasData(prometheus: Prometheus, expression: string): Promise<boolean> {
  const series = await prometheus.queryRange(expression);
  return series.some(({ values }) => values.some(([, value]) => Number.isFinite(Number(value))));
}
