import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './kustomize';

interface Rule {
  readonly description?: string;
  readonly groupName?: string;
  readonly matchPackageNames?: readonly string[];
  readonly matchDepTypes?: readonly string[];
  readonly matchManagers?: readonly string[];
  readonly allowedVersions?: string;
  readonly enabled?: boolean;
}

const readJson = (path: string) => JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as unknown;
const renovate = readJson('.github/renovate.json') as {
  readonly enabledManagers: readonly string[];
  readonly constraints: { readonly node: string };
  readonly constraintsFiltering: string;
  readonly packageRules: readonly Rule[];
};
const packageJson = readJson('package.json') as {
  readonly engines: { readonly node: string };
  readonly overrides: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};
const library = readJson('libs/db-routing/package.json') as Pick<typeof packageJson, 'dependencies'>;
const packages = Object.keys({
  ...packageJson.dependencies,
  ...packageJson.devDependencies,
  ...library.dependencies,
});
const rules = renovate.packageRules;
const ruleFor = (name: string, has: (rule: Rule) => boolean) =>
  rules.find((rule) => has(rule) && rule.matchPackageNames?.some((pattern) => matches(name, pattern)));

describe('the configuration of Renovate', () => {
  it.each([
    ['@nestjs/core', 'NestJS'],
    ['@nestjs/cli', 'NestJS'],
    ['typeorm', 'TypeORM and pg'],
    ['pg', 'TypeORM and pg'],
    ['pg-cursor', 'TypeORM and pg'],
    ['@types/pg', 'TypeORM and pg'],
    ['@opentelemetry/api', 'OpenTelemetry'],
    ['eslint', 'lint and format'],
    ['typescript-eslint', 'lint and format'],
  ])('updates %s with the group %s', (name, group) => {
    expect(packages).toContain(name);
    expect(ruleFor(name, ({ groupName }) => groupName !== undefined)?.groupName).toBe(group);
  });

  it('does not update the overrides of package.json, and says why', () => {
    expect(Object.keys(packageJson.overrides).length).toBeGreaterThan(0);
    const rule = rules.find(({ matchDepTypes }) => matchDepTypes?.includes('overrides'));
    expect(rule).toMatchObject({ enabled: false, description: expect.stringMatching(/^Pinned by hand/) });
  });

  it('offers nothing that the minimum Node version cannot run', () => {
    expect(renovate).toMatchObject({
      constraints: { node: packageJson.engines.node },
      constraintsFiltering: 'strict',
    });
    const floor = Number(/\d+/.exec(packageJson.engines.node)![0]);
    const types = ruleFor('@types/node', ({ allowedVersions }) => allowedVersions !== undefined);
    expect(types?.allowedVersions).toBe(`<${floor + 1}`);
  });

  it('covers images, compose, manifests and actions', () => {
    expect(renovate.enabledManagers).toEqual(
      expect.arrayContaining([
        'npm',
        'dockerfile',
        'docker-compose',
        'kustomize',
        'kubernetes',
        'github-actions',
      ]),
    );
  });

  it('has no rule for a missing dependency', () => {
    const images = ['postgres', 'node', 'nestjs-postgres-read-replicas'];
    const patterns = rules.flatMap(({ matchPackageNames = [] }) => matchPackageNames);
    const idle = patterns.filter(
      (pattern) => ![...packages, ...images].some((name) => matches(name, pattern)),
    );
    expect(idle).toEqual([]);
  });
});

/**
 * The part of Renovate's pattern syntax that the configuration uses: a name, or one that ends in `*` or `**`.
 */
function matches(name: string, pattern: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.replace(/\*+$/, '')) : name === pattern;
}
