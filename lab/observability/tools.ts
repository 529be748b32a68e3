import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Paths of the programs that the test runs. */
export interface Tools {
  readonly prometheus: string;
  readonly promtool: string;
  readonly postgresExporter: string;
  readonly nodeExporter: string;
}

/** Maps each program to the Debian package that contains it. */
const PACKAGES = {
  prometheus: 'prometheus',
  promtool: 'prometheus',
  'prometheus-postgres-exporter': 'prometheus-postgres-exporter',
  'prometheus-node-exporter': 'prometheus-node-exporter',
} as const;
type Program = keyof typeof PACKAGES;

const CACHE = join('node_modules', '.cache', 'observability');
const DOWNLOAD_TIMEOUT_MS = 60_000;

/**
 * Finds the programs on this machine. A missing one is taken from its Debian package, unpacked next to the
 * project: nothing is installed, and no service is started. Undefined when neither is available.
 */
export function findTools(): Tools | undefined {
  const paths = Object.keys(PACKAGES).map((name) => {
    const program = name as Program;
    return onPath(program) ?? unpacked(program) ?? downloaded(program);
  });
  const [prometheus, promtool, postgresExporter, nodeExporter] = paths;
  if (!prometheus || !promtool || !postgresExporter || !nodeExporter) return undefined;
  return { prometheus, promtool, postgresExporter, nodeExporter };
}

function onPath(program: Program): string | undefined {
  const folders = (process.env.PATH ?? '').split(':');
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

function unpacked(program: Program): string | undefined {
  const path = join(process.cwd(), CACHE, 'usr', 'bin', program);
  return existsSync(path) ? path : undefined;
}

function downloaded(program: Program): string | undefined {
  mkdirSync(CACHE, { recursive: true });
  const name = PACKAGES[program];
  if (!run('apt-get', ['download', name])) return undefined;
  const file = readdirSync(CACHE).find((entry) => entry.startsWith(`${name}_`) && entry.endsWith('.deb'));
  if (file === undefined || !run('dpkg-deb', ['--extract', file, '.'])) return undefined;
  return unpacked(program);
}

function run(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { cwd: CACHE, stdio: 'ignore', timeout: DOWNLOAD_TIMEOUT_MS }).status === 0;
}
