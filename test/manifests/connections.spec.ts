import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serviceDefinition, serviceNames } from '@app/shop-services';
import { connectionsPerNode } from 'db-routing';
import { parse } from 'yaml';
import { loadDatabaseConfig, loadServiceConfig } from '../../libs/service-kit/src/config/load-config';
import { containersOf, environmentOf, generatedSecrets, mainContainerOf } from './containers';
import { find, type Manifest, render, ROOT } from './kustomize';

/** For migrations, exporters, the operator, people, and those that PostgreSQL reserves for superusers. */
const OTHERS = 20;
/** What Pgpool-II keeps to each node to check its health and its replication. */
const PGPOOL_CHECKS = 2;

const secrets = generatedSecrets();
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

describe.each(['local', 'cloudnative-pg'])('max_connections in k8s/overlays/%s', (overlay) => {
  const manifests = render(`overlays/${overlay}`);

  it('is enough for the largest number of pods, during a rollout too', () => {
    const scalers = manifests.filter(({ kind }) => kind === 'HorizontalPodAutoscaler');
    expect(scalers.map(({ metadata }) => metadata.name).sort()).toEqual([...serviceNames].sort());
    const needed = scalers.map(({ metadata: { name }, spec }) => {
      const { maxSurge } = find(manifests, 'Deployment', name).spec.strategy.rollingUpdate as {
        maxSurge: number;
      };
      // The new pods, and as many old ones that still drain.
      return (Number(spec.maxReplicas) + 2 * maxSurge) * connectionsOfPod(manifests, name);
    });
    const limits = maxConnectionsOf(manifests);
    expect(limits).toHaveLength(overlay === 'local' ? 2 : 1);
    for (const limit of limits) expect(limit).toBeGreaterThanOrEqual(sum(needed) + OTHERS);
  });
});

describe('max_connections of the containers', () => {
  const { services } = parse(read('docker-compose.yml'), { merge: true }) as {
    services: Record<string, ComposeService>;
  };
  const pgpool = settingsIn('docker/pgpool/pgpool.conf');
  const needOf = (isBehindPgpool: boolean) =>
    Object.values(services)
      .filter(({ command }) => command?.some((part) => part.startsWith('dist/apps/')))
      .filter(({ environment }) => (environment?.DATABASE_ROUTING === 'off') === isBehindPgpool)
      .map(
        ({ environment = {} }) => connectionsPerNode(loadDatabaseConfig(withoutSecrets(environment))).most,
      );

  it('is enough for all services, with every profile', () => {
    const direct = needOf(false);
    expect(direct).toHaveLength(serviceNames.length);
    const proxied = pgpool.num_init_children! * pgpool.max_pool! + PGPOOL_CHECKS;
    expect(settingsIn('docker/postgres/postgresql.conf').max_connections).toBeGreaterThanOrEqual(
      sum(direct) + proxied + OTHERS,
    );
  });

  it('of Pgpool-II (num_init_children) is enough for the services behind it', () => {
    const proxied = needOf(true);
    expect(proxied).toHaveLength(serviceNames.length);
    expect(pgpool.num_init_children).toBeGreaterThanOrEqual(sum(proxied));
  });
});

describe('docs/operations.md', () => {
  const [, section = ''] = /\n## Sizing pools\n(.*?)\n## /s.exec(read('docs/operations.md')) ?? [];

  it('says the connections of one process as connectionsPerNode() computes them', () => {
    const { usual, most } = connectionsPerNode();
    expect(section).toContain(`usually ${usual} and at most ${most}`);
    expect(section).toContain(`8 × ${most} = ${8 * most}`);
  });

  it('says those of the manifests', () => {
    const manifests = render('overlays/local');
    const perPod = new Set(serviceNames.map((name) => connectionsOfPod(manifests, name)));
    expect(perPod.size).toBe(1);
    expect(section).toContain(`at most ${[...perPod].join()} connections for each pod`);
  });
});

interface ComposeService {
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
}

function connectionsOfPod(manifests: readonly Manifest[], name: string): number {
  const definition = serviceDefinition(serviceNames.find((each) => each === name)!);
  const container = mainContainerOf(find(manifests, 'Deployment', name));
  const { database } = loadServiceConfig(definition, environmentOf(container, manifests, secrets));
  return connectionsPerNode(database).most;
}

function maxConnectionsOf(manifests: readonly Manifest[]): number[] {
  return manifests.flatMap((manifest) => {
    if (manifest.kind === 'Cluster') return [Number(manifest.spec.postgresql.parameters.max_connections)];
    if (manifest.kind !== 'StatefulSet') return [];
    const settings = containersOf(manifest).flatMap(({ args = [] }) => args);
    return settings.flatMap((text) =>
      text.startsWith('max_connections=') ? [Number(text.split('=')[1])] : [],
    );
  });
}

/** The database's variables; the files with passwords exist in the containers only. */
function withoutSecrets(environment: NonNullable<ComposeService['environment']>): Record<string, string> {
  const ours = Object.entries(environment).filter(
    ([name]) => name.startsWith('DATABASE_') && !name.endsWith('_FILE') && name !== 'DATABASE_MONITOR_USER',
  );
  return Object.fromEntries(ours.map(([name, value]) => [name, String(value)]));
}

/** The settings of a configuration file that are whole numbers. */
function settingsIn(path: string): Partial<Record<string, number>> {
  const lines = [...read(path).matchAll(/^(\w+) = (\d+)$/gm)];
  return Object.fromEntries(lines.map(([, name = '', value]) => [name, Number(value)]));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
