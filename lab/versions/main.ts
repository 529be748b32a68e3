/**
 * Runs the suites that a server's version can affect on other major versions of PostgreSQL than `npm test`
 * does, and installs these versions first if they are missing.
 *
 *     npm run lab -- versions [--only 15,17] [--smoke]
 *
 * It exits with 1 when a test failed on one of them.
 */
import { spawnSync } from 'node:child_process';
import { INSTALL_COMMAND, npmVersions } from '@app/postgres-cluster';
import { exitAfter } from '../command-line';
import { readArguments } from './arguments';
import { type Result, runSuites } from './run-suites';
import { SMOKE, SUITES } from './suites';

/** Resolves to the exit code. */
async function main(): Promise<number> {
  const available = npmVersions();
  const { versions, isSmoke } = readArguments(
    process.argv.slice(2),
    available.map(({ majorVersion }) => majorVersion),
    available.filter(({ isDefault }) => !isDefault).map(({ majorVersion }) => majorVersion),
  );
  install(versions);
  const results: Result[] = [];
  for (const version of versions) {
    say(`PostgreSQL ${version}`);
    results.push(await runSuites(version, isSmoke ? SMOKE : SUITES));
  }
  say(['', ...results.map(lineOf)].join('\n'));
  return results.every(({ isGreen }) => isGreen) ? 0 : 1;
}

function install(versions: readonly number[]): void {
  const missing = npmVersions().filter(
    ({ majorVersion, entry }) => entry === undefined && versions.includes(majorVersion),
  );
  if (missing.length === 0) return;
  const command = `${INSTALL_COMMAND} --no-audit --no-fund`;
  say(command);
  const { status } = spawnSync(command, { shell: true, stdio: 'inherit' });
  if (status !== 0) throw new Error(`${command} failed.`);
}

function lineOf({ version, passed, failed, skipped, tookMs }: Result): string {
  const counts = `${passed} passed, ${failed} failed, ${skipped} skipped`;
  return `PostgreSQL ${version}: ${counts} in ${Math.round(tookMs / 1_000)} s`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

exitAfter(main(), 1);
