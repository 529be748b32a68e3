import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Result {
  readonly version: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly isGreen: boolean;
  readonly tookMs: number;
}

/** What Jest writes with --json. */
interface JestReport {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numRuntimeErrorTestSuites: number;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs specs on one version of PostgreSQL and shows Jest's own report.
 *
 * @throws Error when Jest ended without a report
 */
export async function runSuites(version: number, paths: readonly string[]): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'versions-'));
  const file = join(folder, 'report.json');
  const startedMs = performance.now();
  try {
    const how = await jest(version, ['--silent', '--json', `--outputFile=${file}`, ...paths]);
    const report = await readFile(file, 'utf8').catch((cause: unknown) => {
      throw new Error(`Jest ended (${how}) without a report, on PostgreSQL ${version}.`, { cause });
    });
    return resultOf(version, JSON.parse(report) as JestReport, performance.now() - startedMs);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Resolves to how it ended; a signal to this process ends it as well. */
function jest(version: number, args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [require.resolve('jest/bin/jest'), ...args], {
    env: { ...process.env, CLUSTER_VERSION: String(version) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  for (const signal of SIGNALS) process.on(signal, forward);
  return new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code ?? ''}`));
  }).finally(() => {
    for (const signal of SIGNALS) process.off(signal, forward);
  });
}

function resultOf(version: number, report: JestReport, tookMs: number): Result {
  return {
    version,
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
    skipped: report.numPendingTests,
    isGreen: report.success && report.numPassedTests > 0,
    tookMs,
  };
}
