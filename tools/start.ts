import { existsSync } from 'node:fs';
import { PostgresClusterError } from '@app/postgres-cluster';
import { Application } from './start/application';
import { readSettings, StartError } from './start/settings';

/** One Ctrl-C can arrive twice: from the terminal, and from npm, which forwards signals. */
const SAME_SIGNAL_MS = 500;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const PARENT_CHECK_MS = 500;

let application: Application | undefined;
let stopRequestedMs: number | undefined;

async function main(): Promise<void> {
  for (const signal of SIGNALS) process.on(signal, () => requestStop(signal));
  stopWithNpm();
  // Not the service-kit's function: loading all of the kit first would delay the cluster.
  if (existsSync('.env')) process.loadEnvFile('.env');
  const settings = readSettings(process.argv.slice(2), process.env);
  application = new Application({
    settings,
    root: process.cwd(),
    say: (line) => console.log(line),
    onFailure: (message) => {
      console.error(message);
      end(1);
    },
  });
  await application.start();
}

function requestStop(reason: string): void {
  const nowMs = performance.now();
  if (stopRequestedMs === undefined) {
    stopRequestedMs = nowMs;
    console.log(`\n${reason}: stopping (again to stop at once)`);
    end(0);
  } else if (nowMs - stopRequestedMs > SAME_SIGNAL_MS) {
    application?.kill();
    process.exit(130);
  }
}

function end(exitCode: number): void {
  stopRequestedMs ??= performance.now();
  void (application?.stop() ?? Promise.resolve()).then(
    () => process.exit(exitCode),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
}

/**
 * npm forwards a signal to the shell it started, and a shell that dies from it does not forward it. So when
 * run by npm, this process stops when its parent exits.
 */
function stopWithNpm(): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent && stopRequestedMs === undefined) requestStop('npm has gone');
  }, PARENT_CHECK_MS).unref();
}

main().catch((error: unknown) => {
  // The requested stop has caused the failure.
  if (stopRequestedMs !== undefined) return;
  const isExpected =
    [StartError, PostgresClusterError].some((type) => error instanceof type) ||
    (error instanceof Error && error.name === 'ConfigError');
  console.error(isExpected && error instanceof Error ? error.message : error);
  end(1);
});
