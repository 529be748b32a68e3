import { checkAlerts, checkDashboards, checkFiles, checkTargets, type Complaints } from './checks';
import { ObservedRig } from './rig';
import { Scenario } from './scenario';
import { findTools } from './tools';

const LIMIT_MS = 175_000;
const rig = new ObservedRig();

/** Resolves to the exit code. */
async function main(): Promise<number> {
  const tools = findTools();
  if (tools === undefined) {
    say('no Prometheus here: skipped (neither on the PATH nor as a Debian package)');
    return 0;
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => stopFor(signal, 130));
  setTimeout(() => stopFor(`not done within ${LIMIT_MS} ms`, 1), LIMIT_MS).unref();
  const startedMs = performance.now();
  const complaints: Complaints = checkFiles(tools.promtool);
  try {
    say('starting a primary, two replicas, both services, exporters and Prometheus');
    await rig.start(tools);
    const { prometheus } = rig;
    complaints.push(...(await checkTargets(prometheus)));
    const raised = await Scenario.play(rig, say);
    const dashboards = await checkDashboards(prometheus);
    const alerts = await checkAlerts(prometheus, raised);
    complaints.push(...dashboards.complaints, ...alerts.complaints);
    say(`\n${dashboards.queries} queries of the dashboards, ${raised.size} alerts raised`);
    say(`quiet but with data: ${alerts.quiet.join(', ')}`);
  } finally {
    await rig.stop();
  }
  for (const complaint of complaints) say(`FAILED ${complaint}`);
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(0);
  say(complaints.length === 0 ? `passed, ${seconds} s` : `${complaints.length} failed, ${seconds} s`);
  return complaints.length === 0 ? 0 : 1;
}

function stopFor(why: string, exitCode: number): void {
  say(`\n${why}: stopping`);
  void rig.stop().finally(() => process.exit(exitCode));
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().then(
  (exitCode) => process.exit(exitCode),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
