import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
export const ROOT = resolve(__dirname, '../../../..');
const PACKAGE = 'libs/db-routing';
const INSTALL_TIMEOUT_MS = 120_000;

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** `name` at the version under test. */
export function tested(name: string): string {
  const { dependencies, devDependencies } = manifestIn(ROOT);
  const version = { ...dependencies, ...devDependencies }[name];
  if (version === undefined) throw new TypeError(`${name} is no dependency of this repository.`);
  return `${name}@${version}`;
}

/**
 * The tarball that `npm pack` makes. Packs a copy, so that the build before it replaces no files under a
 * process that runs from `dist`.
 */
export async function pack(folder: string): Promise<string> {
  const copy = join(folder, 'copy');
  await mkdir(join(copy, PACKAGE), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  for (const file of ['.swcrc', 'tsconfig.json']) await cp(join(ROOT, file), join(copy, file));
  await cp(join(ROOT, PACKAGE), join(copy, PACKAGE), {
    recursive: true,
    filter: (path) => !/\/(dist|test|node_modules)$/.test(path),
  });
  const packed = await npm(join(copy, PACKAGE), 'pack', '--pack-destination', folder, '--silent');
  return join(folder, packed.trim());
}

/** Installs packages and a tarball of db-routing in an empty folder, as an application would. */
export async function install(folder: string, tarball: string, packages: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{}');
  try {
    await npm(folder, 'install', '--prefer-offline', '--no-audit', '--no-fund', tarball, ...packages);
  } catch (error) {
    if (!isOffline(error)) throw error;
    process.stdout.write('There is no registry: what is installed here already is copied.\n');
    await copyInstalled(folder, tarball, packages);
  }
}

async function npm(folder: string, command: string, ...args: string[]): Promise<string> {
  const child = run('npm', [command, '--fetch-retries=0', '--fetch-timeout=20000', ...args], {
    cwd: folder,
    timeout: INSTALL_TIMEOUT_MS,
    maxBuffer: 10_000_000,
    // The test runs under npm, whose environment belongs to this repository.
    env: Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^npm_(?!config_reg)/.test(name)),
    ),
  });
  return (await child).stdout;
}

function isOffline(error: unknown): boolean {
  return /ENOTCACHED|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ERR_SOCKET_TIMEOUT/.test(String(error));
}

/** What npm would have installed: the packages and their dependencies, and nothing else. */
async function copyInstalled(folder: string, tarball: string, packages: readonly string[]): Promise<void> {
  const target = join(folder, 'node_modules');
  const own = join(target, 'db-routing');
  await mkdir(own, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', own, '--strip-components=1']);
  const wanted = [...packages.map((each) => each.replace(/(?<=.)@.*/, '')), ...neededBy(own)];
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    const [from, to] = [join(ROOT, 'node_modules', name), join(target, name)];
    if (existsSync(to) || !existsSync(from)) continue;
    await mkdir(dirname(to), { recursive: true });
    await cp(from, to, { recursive: true });
    wanted.push(...neededBy(from));
  }
}

function neededBy(folder: string): string[] {
  const { dependencies, peerDependencies, peerDependenciesMeta } = manifestIn(folder);
  const peers = Object.keys(peerDependencies ?? {}).filter(
    (name) => peerDependenciesMeta?.[name]?.optional !== true,
  );
  return [...Object.keys(dependencies ?? {}), ...peers];
}

function manifestIn(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}
