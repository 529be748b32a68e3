import { INSTALL_COMMAND, type NpmVersion, npmVersions } from './embedded/npm-packages';
import { PostgresVersionError } from './errors';
import { backendName, type ClusterOptions } from './options';

/**
 * The major version of the servers: of the option `version`, of the environment variable CLUSTER_VERSION, or
 * the default.
 *
 * @throws PostgresVersionError naming the option or the variable, its value and the versions that there are
 */
export function postgresVersion(
  options: ClusterOptions,
  environment: Readonly<Record<string, string | undefined>> = process.env,
  versions: readonly NpmVersion[] = npmVersions(),
): NpmVersion {
  const wanted = requestedVersion(options, environment);
  const found = versions.find(({ majorVersion, isDefault }) =>
    wanted === undefined ? isDefault : String(majorVersion) === wanted,
  );
  const option = options.version === undefined ? 'CLUSTER_VERSION' : 'version';
  if (found === undefined) {
    throw new PostgresVersionError(
      `${option} is "${wanted ?? ''}"; it must be ${oneOf(versions)}. ${installation(versions)}`,
    );
  }
  if (found.entry === undefined && backendName(options, environment) === 'embedded') {
    throw new PostgresVersionError(
      `${option} is ${found.majorVersion}, and PostgreSQL ${found.majorVersion} is not installed. ${installation(versions)}`,
    );
  }
  return found;
}

/** What the option or the variable says, unchecked; undefined: neither is set. */
export function requestedVersion(
  { version }: ClusterOptions,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  return version === undefined ? environment.CLUSTER_VERSION : String(version);
}

function installation(versions: readonly NpmVersion[]): string {
  const installed = versions.filter(({ entry }) => entry !== undefined);
  const missing = versions.filter(({ entry }) => entry === undefined);
  const now = `Installed: ${installed.map(({ majorVersion }) => majorVersion).join(', ')}.`;
  if (missing.length === 0) return now;
  return `${now} To install ${missing.map(({ majorVersion }) => majorVersion).join(', ')}: ${INSTALL_COMMAND}`;
}

function oneOf(versions: readonly NpmVersion[]): string {
  const names = versions.map(({ majorVersion }) => String(majorVersion));
  return names.length === 1 ? names.join() : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}
