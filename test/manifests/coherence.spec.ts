import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyService } from '../../apps/history-service/src/service';
import { orderService } from '../../apps/order-service/src/service';
import { loadServiceConfig } from '../../libs/service-kit/src/config/load-config';
import { containersOf, environmentOf, generatedSecrets, hasPods, mainContainerOf, podOf } from './containers';
import { find, type Manifest, render, ROOT } from './kustomize';
import { type Labels, matchesSelector, podsOf, type Selector } from './pods';
import { referencesOf } from './references';

const secrets = generatedSecrets();

describe.each(['local', 'cloudnative-pg'])('k8s/overlays/%s', (overlay) => {
  const manifests = render(`overlays/${overlay}`);
  const pods = podsOf(manifests);

  it('is in one namespace', () => {
    const strays = manifests.filter(
      ({ kind, metadata }) => kind !== 'Namespace' && metadata.namespace !== 'shop',
    );
    expect(strays).toEqual([]);
    expect(find(manifests, 'Namespace', 'shop')).toBeDefined();
  });

  it('refers to existing ConfigMaps and Secrets and to their keys', () => {
    const maps = new Map(
      manifests
        .filter(({ kind }) => kind === 'ConfigMap')
        .map(({ metadata, data }) => [metadata.name, data as Labels]),
    );
    const keys = new Map(secrets.map(({ metadata, stringData }) => [metadata.name, stringData]));
    // The operator makes this one: https://cloudnative-pg.io/docs/current/certificates
    const clusters = manifests.filter(({ kind }) => kind === 'Cluster');
    for (const { metadata } of clusters) keys.set(`${metadata.name}-ca`, { 'ca.crt': '', 'ca.key': '' });
    const references = referencesOf(manifests);
    expect(references.length).toBeGreaterThan(10);
    for (const { map, secret, key } of references) {
      const found = map === undefined ? keys.get(secret!) : maps.get(map);
      expect({ map, secret, exists: found !== undefined }).toMatchObject({ exists: true });
      if (key !== undefined) expect(Object.keys(found!)).toContain(key);
    }
  });

  it('scales and protects existing Deployments, with a spare replica for a disruption', () => {
    const scalers = manifests.filter(({ kind }) => kind === 'HorizontalPodAutoscaler');
    expect(scalers).toHaveLength(2);
    for (const { spec } of scalers) {
      const { kind, name } = spec.scaleTargetRef as { kind: string; name: string };
      // If two objects set the number, each would undo the other's change.
      expect(find(manifests, kind, name).spec.replicas).toBeUndefined();
      const budgets = manifests.filter(
        (each) =>
          each.kind === 'PodDisruptionBudget' &&
          matchesSelector(pods.find((pod) => pod.name === name)!.labels, each.spec.selector as Selector),
      );
      expect(budgets).toHaveLength(1);
      expect(spec.minReplicas).toBeGreaterThan(budgets[0]!.spec.maxUnavailable as number);
    }
  });

  it('has enough max_connections for the maximum number of pods, including a rollout', () => {
    const atMost = manifests
      .filter(({ kind }) => kind === 'HorizontalPodAutoscaler')
      .reduce(
        (sum, { metadata, spec }) =>
          sum + (Number(spec.maxReplicas) + 1) * connectionsOfPod(manifests, metadata.name),
        0,
      );
    // For replication, the operator, migrations and people.
    const others = 20;
    expect(maxConnectionsOf(manifests)).toHaveLength(
      manifests.some(({ kind }) => kind === 'Cluster') ? 1 : 2,
    );
    for (const limit of maxConnectionsOf(manifests)) {
      expect(limit).toBeGreaterThanOrEqual(atMost + others);
    }
  });

  it('runs everything under the restricted Pod Security Standard', () => {
    expect(manifests.filter(hasPods).length).toBeGreaterThanOrEqual(3);
    for (const manifest of manifests.filter(hasPods)) {
      expect(podOf(manifest)).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      for (const container of containersOf(manifest)) {
        expect(container).toMatchObject({
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          resources: { requests: { cpu: expect.any(String), memory: expect.any(String) } },
        });
      }
    }
  });

  it('creates the database roles with the same privileges as elsewhere', () => {
    const cluster = manifests.find(({ kind }) => kind === 'Cluster');
    const sql = cluster
      ? (cluster.spec.bootstrap.initdb.postInitApplicationSQL as string[]).join('\n')
      : readFileSync(join(ROOT, 'k8s/overlays/local/postgres/create-roles.sh'), 'utf8');
    expect(sql).toContain('REVOKE ALL ON DATABASE shop FROM PUBLIC');
    expect(sql).toContain('GRANT CONNECT ON DATABASE shop TO order_service, history_service, monitor');
    for (const role of ['order_service', 'history_service', 'monitor']) {
      expect(sql).toMatch(new RegExp(`CREATE ROLE ${role} LOGIN`));
    }
    const managed = (cluster?.spec.managed.roles ?? []) as { name: string; inRoles?: string[] }[];
    const monitors = cluster
      ? managed.filter(({ inRoles = [] }) => inRoles.includes('pg_monitor')).map(({ name }) => name)
      : [...sql.matchAll(/GRANT pg_monitor TO (\w+)/g)].map(([, name]) => name);
    expect(monitors).toEqual(['monitor']);
    if (cluster) expect(cluster.spec.bootstrap.initdb).toMatchObject({ database: 'shop', owner: 'migrator' });
    else expect(sql).toContain('CREATE DATABASE shop OWNER migrator');
  });
});

/** Connections to each node, as the service is configured. */
function connectionsOfPod(manifests: readonly Manifest[], name: string): number {
  const definition = [orderService, historyService].find((service) => service.name === name)!;
  const container = mainContainerOf(find(manifests, 'Deployment', name));
  const { database } = loadServiceConfig(definition, environmentOf(container, manifests, secrets));
  return database.maxConnectionsPerNode;
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
