import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serviceNames, serviceRoles } from '@app/shop-services';
import { containersOf, generatedSecrets, hasPods, podOf } from './containers';
import { find, render, ROOT } from './kustomize';
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
    expect(scalers).toHaveLength(serviceNames.length);
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
    const expected = [...serviceRoles, 'monitor'].sort();
    expect(namesIn(sql, /GRANT CONNECT ON DATABASE shop TO (\w+)/g)).toEqual(expected);
    const created = cluster ? expected : [...expected, 'migrator', 'replicator'].sort();
    expect(namesIn(sql, /CREATE ROLE (\w+) LOGIN/g)).toEqual(created);
    const managed = (cluster?.spec.managed.roles ?? []) as { name: string; inRoles?: string[] }[];
    const monitors = cluster
      ? managed.filter(({ inRoles = [] }) => inRoles.includes('pg_monitor')).map(({ name }) => name)
      : [...sql.matchAll(/GRANT pg_monitor TO (\w+)/g)].map(([, name]) => name);
    expect(monitors).toEqual(['monitor']);
    if (cluster) expect(cluster.spec.bootstrap.initdb).toMatchObject({ database: 'shop', owner: 'migrator' });
    else expect(sql).toContain('CREATE DATABASE shop OWNER migrator');
  });
});

/** What the pattern's group matches, sorted. */
function namesIn(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, name = '']) => name).sort();
}
