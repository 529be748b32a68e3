import { find, render } from './kustomize';
import { matchesSelector, podsOf, type Selector } from './pods';

describe('k8s/overlays/cloudnative-pg', () => {
  const manifests = render('overlays/cloudnative-pg');
  const { spec } = find(manifests, 'Cluster', 'postgres');

  it('has replicas in separate zones, and every commit waits for one of them', () => {
    expect(spec).toMatchObject({
      instances: 3,
      affinity: {
        enablePodAntiAffinity: true,
        podAntiAffinityType: 'required',
        topologyKey: 'topology.kubernetes.io/zone',
      },
      postgresql: { synchronous: { method: 'any', number: 1, failoverQuorum: true } },
    });
  });

  it('does not exclude a lagging replica from promotion', () => {
    expect(spec.probes?.readiness?.maximumLag).toBeUndefined();
  });

  it('has monitors that select existing pods and ports', () => {
    const monitors = manifests.filter(({ kind }) => kind === 'PodMonitor');
    expect(monitors).toHaveLength(2);
    expect(find(manifests, 'PodMonitor', 'services').spec.podMetricsEndpoints).toMatchObject([
      { port: 'management', path: '/metrics' },
    ]);
    for (const monitor of monitors) {
      const pods = podsOf(manifests).filter(({ labels }) =>
        matchesSelector(labels, monitor.spec.selector as Selector),
      );
      expect(pods).not.toEqual([]);
      for (const { port } of monitor.spec.podMetricsEndpoints as { port: string }[]) {
        for (const { ports } of pods) expect(ports).toHaveProperty(port);
      }
    }
  });

  it('backs up the existing cluster, by a configured method', () => {
    const backup = find(manifests, 'ScheduledBackup', 'nightly').spec;
    expect(backup).toMatchObject({ cluster: { name: 'postgres' }, method: 'volumeSnapshot', online: false });
    expect(spec.backup.volumeSnapshot).toMatchObject({ online: false });
    expect((backup.schedule as string).split(' ')).toHaveLength(6);
  });
});
