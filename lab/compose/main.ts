import { isDockerThere } from './docker';
import { portOf, takenPorts } from './ports';
import { ComposeProject } from './project';
import { Shop } from './shop';
import { runSuite } from './suite';

const PROJECT = 'read-replicas-test';
const project = new ComposeProject(PROJECT);

/** Resolves to the exit code. */
async function main(): Promise<number> {
  if (!isDockerThere()) {
    say('no Docker here: skipped (`docker info` or `docker compose version` fails)');
    return 0;
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stopOn(signal));
  await project.remove();
  const taken = await takenPorts();
  if (taken.length > 0) {
    for (const line of taken) process.stderr.write(`${line}\n`);
    return 2;
  }
  const shop = new Shop(
    `http://127.0.0.1:${portOf('ORDER_PORT')}`,
    `http://127.0.0.1:${portOf('HISTORY_PORT')}`,
  );
  const startedMs = performance.now();
  try {
    const results = await runSuite({ project, shop }, say);
    const passed = results.filter(({ ok }) => ok).length;
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(0);
    say(`\n${passed} of ${results.length} steps passed, ${shop.acknowledged.length} orders, ${seconds} s`);
    return passed === results.length ? 0 : 1;
  } finally {
    await project.remove();
  }
}

function stopOn(signal: NodeJS.Signals): void {
  say(`\n${signal}: removing the containers and volumes of ${PROJECT}`);
  void project.remove().finally(() => process.exit(130));
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().then(
  (exitCode) => process.exit(exitCode),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
