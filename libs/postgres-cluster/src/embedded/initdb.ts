import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Runtime } from './binaries';
import { PostgresProcessError } from '../errors';
import { prepareConfiguration } from '../node/node-config';
import { cleanEnvironment, giveTo } from '../process/run-as';
import type { Watchdog } from './watchdog';

/** Creates a new, empty database system. */
export async function initialise(
  dataDirectory: string,
  runtime: Runtime,
  watchdog: Watchdog,
  superuserPassword: string,
): Promise<void> {
  mkdirSync(dataDirectory, { mode: 0o700 });
  giveTo(runtime.identity, dataDirectory);
  const passwordFile = `${dataDirectory}.password`;
  writeFileSync(passwordFile, `${superuserPassword}\n`, { mode: 0o600 });
  giveTo(runtime.identity, passwordFile);
  try {
    await run(runtime, watchdog, initdbArguments(dataDirectory, passwordFile, runtime.majorVersion));
  } finally {
    rmSync(passwordFile, { force: true });
  }
  prepareConfiguration(dataDirectory);
}

export function initdbArguments(dataDirectory: string, passwordFile: string, majorVersion: number): string[] {
  return [
    `--pgdata=${dataDirectory}`,
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The same ordering and case rules on every machine, whichever locales are installed.
    ...(majorVersion >= 17
      ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
      : ['--locale=C']),
    '--no-instructions',
    // Development data: a power cut within seconds of initdb may destroy it, and then it is created again.
    '--no-sync',
  ];
}

async function run(runtime: Runtime, watchdog: Watchdog, args: string[]): Promise<void> {
  const child = spawn(join(runtime.binDirectory, 'initdb'), args, {
    ...runtime.identity,
    cwd: '/',
    env: cleanEnvironment,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (child.pid !== undefined) watchdog.watch(child.pid);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (child.pid !== undefined) watchdog.forget(child.pid);
  if (code !== 0)
    throw new PostgresProcessError(`initdb failed (exit code ${code ?? 'none'}).`, output.trim());
}
