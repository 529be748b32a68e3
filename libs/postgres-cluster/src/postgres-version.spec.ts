import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { INSTALL_COMMAND, type NpmVersion, npmVersions } from './embedded/npm-packages';
import type { ClusterOptions } from './options';
import { postgresVersion } from './postgres-version';

const VERSIONS: readonly NpmVersion[] = [
  { majorVersion: 16, isDefault: false, entry: undefined },
  { majorVersion: 17, isDefault: false, entry: '/17.js' },
  { majorVersion: 18, isDefault: true, entry: '/18.js' },
];

const versionFor = (variable: string | undefined, options: ClusterOptions = {}, backend?: string) =>
  postgresVersion(options, { CLUSTER_VERSION: variable, CLUSTER_BACKEND: backend }, VERSIONS);

describe('the major version of PostgreSQL', () => {
  it.each([
    [undefined, undefined, 18],
    ['17', undefined, 17],
    ['18', undefined, 18],
    ['18', 17, 17],
  ])('CLUSTER_VERSION=%s and the option %s: %s', (variable, version, expected) => {
    const options = version === undefined ? {} : { version };
    expect(versionFor(variable, options).majorVersion).toBe(expected);
  });

  it.each(['14', '17.2', 'latest', ''])(
    'refuses CLUSTER_VERSION=%s, and says which there are, which are installed, and how to install one',
    (variable) => {
      expect(() => versionFor(variable)).toThrow(
        `CLUSTER_VERSION is "${variable}"; it must be 16, 17 or 18. Installed: 17, 18. To install 16: ${INSTALL_COMMAND}`,
      );
    },
  );

  it('names the option when that is wrong', () => {
    expect(() => versionFor('17', { version: 9 })).toThrow('version is "9"; it must be');
  });

  it('says how to install a version that is not installed, and needs none for containers', () => {
    expect(() => versionFor('16')).toThrow(
      `CLUSTER_VERSION is 16, and PostgreSQL 16 is not installed. Installed: 17, 18. To install 16: ${INSTALL_COMMAND}`,
    );
    expect(versionFor('16', {}, 'testcontainers').majorVersion).toBe(16);
  });

  it('has a package for each version that the library supports', () => {
    const readme = readFileSync(join(__dirname, '../../db-routing/README.md'), 'utf8');
    const [, oldest, newest] = /PostgreSQL (\d+) to (\d+)/.exec(readme)!.map(Number);
    const supported = Array.from({ length: newest! - oldest! + 1 }, (_, index) => oldest! + index);
    expect(npmVersions().map(({ majorVersion }) => majorVersion)).toEqual(supported);
  });
});
