import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { serviceDefinition, serviceNames } from '@app/shop-services';
import { ConfigError } from '../../libs/service-kit/src/config/config-error';
import { loadDatabaseConfig, loadServiceConfig } from '../../libs/service-kit/src/config/load-config';
import { readArguments } from '../../tools/migrate/arguments';
import {
  type Container,
  containersOf,
  environmentOf,
  generatedSecrets,
  mainContainerOf,
  podOf,
} from './containers';
import { find, render, ROOT } from './kustomize';

const base = render('base');
const local = render('overlays/local');
const cloudNative = render('overlays/cloudnative-pg');
const secrets = generatedSecrets();
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

const verified = { sslmode: 'verify-full', sslrootcert: '/etc/database/ca.crt' };

describe.each(serviceNames.map(serviceDefinition))('the manifests of $name', (definition) => {
  const deployment = find(base, 'Deployment', definition.name);
  const container = mainContainerOf(deployment);
  const config = loadServiceConfig(definition, environmentOf(container, base, secrets));
  const portOf = (name: string) => container.ports?.find((port) => port.name === name)?.containerPort;

  it.each([
    ['base', base],
    ['overlays/local', local],
    ['overlays/cloudnative-pg', cloudNative],
  ])('give it valid settings: %s', (_, manifests) => {
    const inOverlay = mainContainerOf(find(manifests, 'Deployment', definition.name));
    const { database, host } = loadServiceConfig(definition, environmentOf(inOverlay, manifests, secrets));
    expect(host).toBe('0.0.0.0');
    expect(database).toMatchObject({ discovery: 'dns', monitor: { user: 'monitor' } });
    expect(new URL(database.url)).toMatchObject({
      username: definition.name.replaceAll('-', '_'),
      password: expect.stringMatching(/^.{20,}$/),
      host: 'postgres-nodes:5432',
      pathname: '/shop',
    });
  });

  it('encrypt and verify in production, with the name that the certificate contains', () => {
    const { certificates, postgresql } = find(cloudNative, 'Cluster', 'postgres').spec;
    for (const each of containersOf(find(cloudNative, 'Deployment', definition.name))) {
      const { hostname, searchParams } = new URL(environmentOf(each, cloudNative, secrets)['DATABASE_URL']!);
      expect(certificates.serverAltDNSNames).toContain(hostname);
      expect(Object.fromEntries(searchParams)).toEqual(verified);
      expect(each.volumeMounts).toEqual([expect.objectContaining({ mountPath: '/etc/database' })]);
    }
    expect(postgresql.pg_hba).toEqual(['hostnossl all all all reject']);
  });

  it('set no unused option', () => {
    const names = Object.keys(environmentOf(container, base, secrets));
    expect(names.filter((name) => !isOption(name, (given) => loadServiceConfig(definition, given)))).toEqual(
      [],
    );
  });

  it('run its build output', () => {
    expect(container.command).toEqual(['node', `dist/apps/${definition.name}/src/main.js`]);
    expect(existsSync(join(ROOT, 'apps', definition.name, 'src/main.ts'))).toBe(true);
  });

  it.each([
    ['base', base],
    ['overlays/local', local],
    ['overlays/cloudnative-pg', cloudNative],
  ])(
    'wait for the migrations of the same image, as the same user of the same database: %s',
    (_, manifests) => {
      const [init, service] = containersOf(find(manifests, 'Deployment', definition.name)) as [
        Container,
        Container,
      ];
      expect(init.command).toEqual(['node', 'dist/tools/migrate.js', '--wait']);
      expect(readArguments(init.command!.slice(2))).toEqual({ waitTimeoutMs: expect.any(Number) });
      expect(init.image).toBe(service.image);
      const databaseOf = (each: Container) => loadDatabaseConfig(environmentOf(each, manifests, secrets));
      expect(databaseOf(init)).toEqual(databaseOf(service));
    },
  );

  it('use its ports', () => {
    expect(portOf('http')).toBe(config.port);
    expect(portOf('http')).toBe(definition.defaultPort);
    expect(portOf('management')).toBe(config.managementPort);
    expect(portOf('management')).toBe(definition.defaultManagementPort);
  });

  it('expose its public port only', () => {
    const services = base.filter(({ kind }) => kind === 'Service');
    const ports = services
      .filter(({ spec }) => spec.selector['app.kubernetes.io/name'] === definition.name)
      .flatMap(({ spec }) => spec.ports as { targetPort: string }[]);
    expect(ports).toEqual([{ name: 'http', port: 80, targetPort: 'http' }]);
  });

  it('probe paths that the management port serves', () => {
    const server = read('libs/service-kit/src/management/management-server.ts');
    const paths = [...server.matchAll(/case '([^']+)':/g)].map(([, path]) => path!);
    expect(paths).toEqual(expect.arrayContaining(['/health/live', '/health/ready', '/metrics']));
    const probe = (name: string) => (container[name] as { httpGet: { port: string; path: string } }).httpGet;
    // Liveness and startup probes do not depend on the database; readiness does.
    expect(probe('startupProbe')).toEqual({ port: 'management', path: '/health/live' });
    expect(probe('livenessProbe')).toEqual({ port: 'management', path: '/health/live' });
    expect(probe('readinessProbe')).toEqual({ port: 'management', path: '/health/ready' });
  });

  it('allow it to wait for its database before it counts as failed', () => {
    const { periodSeconds, failureThreshold } = container.startupProbe as Record<string, number>;
    expect(periodSeconds! * failureThreshold! * 1000).toBeGreaterThan(config.database.startTimeoutMs);
  });

  it('keep it ready while a write may still wait for a new primary', () => {
    const { periodSeconds, failureThreshold } = container.readinessProbe as Record<string, number>;
    expect(periodSeconds! * (failureThreshold! - 1) * 1000).toBeGreaterThan(config.database.failoverWaitMs);
  });

  it('give it time to drain and to exit', () => {
    const graceMs = Number(podOf(deployment).terminationGracePeriodSeconds) * 1000;
    expect(graceMs).toBeGreaterThanOrEqual(config.drainDelayMs + config.drainTimeoutMs + 5_000);
    // Endpoints are updated within seconds, but not before the pod receives SIGTERM.
    expect(config.drainDelayMs).toBeGreaterThanOrEqual(3_000);
  });

  it('exclude the variables of Services, which are named like options', () => {
    expect(podOf(deployment).enableServiceLinks).toBe(false);
  });
});

describe('the migration', () => {
  const [container] = containersOf(find(base, 'Job', 'migrate')) as [Container];
  const environment = environmentOf(container, base, secrets);

  it('runs its build output', () => {
    expect(container.command).toEqual(['node', 'dist/tools/migrate.js']);
    expect(existsSync(join(ROOT, 'tools/migrate.ts'))).toBe(true);
  });

  it('has valid settings, as the owner of the database', () => {
    const { url, discovery, monitor } = loadDatabaseConfig(environment);
    expect(new URL(url)).toMatchObject({ username: 'migrator', host: 'postgres-nodes:5432' });
    expect({ discovery, monitor: monitor?.user }).toEqual({ discovery: 'dns', monitor: 'monitor' });
  });

  it('verifies the primary by its name in production', () => {
    const inProduction = mainContainerOf(find(cloudNative, 'Job', 'migrate'));
    const { DATABASE_URL, DATABASE_DISCOVERY } = environmentOf(inProduction, cloudNative, secrets);
    const { hostname, searchParams } = new URL(DATABASE_URL!);
    expect({ hostname, DATABASE_DISCOVERY }).toEqual({
      hostname: 'postgres-rw',
      DATABASE_DISCOVERY: 'static',
    });
    expect(Object.fromEntries(searchParams)).toEqual(verified);
  });

  it('sets no unused option', () => {
    const names = container.env!.map(({ name }) => name);
    expect(names.filter((name) => !isOption(name, loadDatabaseConfig))).toEqual([]);
  });

  it('seeds the local cluster only', () => {
    const commandIn = (manifests: typeof base) => containersOf(find(manifests, 'Job', 'migrate'))[0]!.command;
    expect(commandIn(local)).toEqual(['node', 'dist/tools/migrate.js', '--seed']);
    expect(readArguments(commandIn(local)!.slice(2))).toEqual({ seed: true });
    expect(commandIn(cloudNative)).toEqual(['node', 'dist/tools/migrate.js']);
  });
});

describe('the image', () => {
  const images = [...base, ...local, ...cloudNative]
    .filter(({ kind }) => kind === 'Deployment' || kind === 'Job')
    .flatMap(containersOf)
    .map(({ image }) => image);

  it('is the one that Compose builds', () => {
    const compose = parse(read('docker-compose.yml'), { merge: true }) as {
      services: Record<string, { image?: string }>;
    };
    const names = new Set(images.map((image) => image.split(':')[0]));
    expect([...names]).toEqual([compose.services['order-service']!.image!.split(':')[0]]);
  });

  it('has the version of the package in production', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    const inProduction = cloudNative.filter(({ kind }) => kind === 'Deployment').flatMap(containersOf);
    expect(new Set(inProduction.map(({ image }) => image.split(':')[1]))).toEqual(new Set([version]));
  });

  it('contains every library of the workspace that the services and the migrations load', () => {
    const entries = [...serviceNames.map((name) => `apps/${name}/src/main`), 'tools/migrate'];
    const loaded = librariesOf(entries.map((entry) => join(ROOT, `${entry}.ts`)));
    const dockerfile = read('Dockerfile');
    expect([...loaded].filter((name) => !dockerfile.includes(`/app/dist/libs/${name} `))).toEqual([]);
    expect(loaded).toContain('shop-database');
  });
});

/** An option NAME can also be given as NAME_FILE. The code that reads NAME refuses a missing file. */
function isOption(name: string, load: (given: Record<string, string>) => unknown): boolean {
  try {
    load({ [`${name}_FILE`]: '/there/is/no/such/file' });
    return false;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.some((problem) => problem.startsWith(`${name}_FILE is`));
  }
}

/** The names below libs/ that these files import, directly or not. */
function librariesOf(entries: readonly string[]): Set<string> {
  const files = new Set(entries);
  const libraries = new Set<string>();
  for (const file of files) {
    for (const [, specifier] of readFileSync(file, 'utf8').matchAll(/(?:from|require\() ?'([^']+)'/g)) {
      const [, name] = /^@app\/([^/]+)$/.exec(specifier!) ?? [];
      if (name !== undefined) libraries.add(name);
      const path =
        name === undefined ? join(dirname(file), specifier!) : join(ROOT, 'libs', name, 'src/index');
      const isOwn = name !== undefined || specifier!.startsWith('.');
      const found = [`${path}.ts`, join(path, 'index.ts')].find((each) => existsSync(each));
      if (isOwn && found !== undefined) files.add(found);
    }
  }
  return libraries;
}
