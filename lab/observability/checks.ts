import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { until } from '@app/postgres-cluster';
import { readAlerts } from './alerts';
import { panelQueries } from './dashboards';
import type { Prometheus } from './prometheus';
import { PROMETHEUS_DIRECTORY } from './prometheus-config';

/** The problems found; empty when there are none. */
export type Complaints = string[];

const JOBS = ['order-service', 'history-service', 'postgres', 'machine'];
const TARGETS_TIMEOUT_MS = 15_000;

/** Prometheus' own check of the files, and the unit tests of the alerts. */
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

/** Checks that Prometheus scrapes every target of the configuration, including both services. */
export async function checkTargets(prometheus: Prometheus): Promise<Complaints> {
  const complaints = async (): Promise<Complaints> => {
    const targets = await prometheus.targets();
    const jobs = new Set(targets.map(({ job }) => job));
    return [
      // In the first seconds there are no targets at all.
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

/** Checks that every dashboard query has returned data. */
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

/** Checks that the scenario raised every alert, or that the alert is quiet although its metric has data. */
export async function checkAlerts(
  prometheus: Prometheus,
  raised: ReadonlySet<string>,
): Promise<{ quiet: string[]; complaints: Complaints }> {
  const complaints: Complaints = [];
  const quiet = readAlerts().filter(({ name }) => !raised.has(name));
  for (const { name, measured } of quiet) {
    if (measured === undefined) complaints.push(`the alert ${name} was not raised`);
    else if (!(await hasData(prometheus, measured))) complaints.push(`${name} measures nothing: ${measured}`);
  }
  return { quiet: quiet.map(({ name }) => name), complaints };
}

/** NaN, for example from a division by zero, cannot be displayed. */
async function hasData(prometheus: Prometheus, expression: string): Promise<boolean> {
  const series = await prometheus.queryRange(expression);
  return series.some(({ values }) => values.some(([, value]) => Number.isFinite(Number(value))));
}
