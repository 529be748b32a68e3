import { serviceNames } from '@app/shop-services';
import { find, render } from './kustomize';
import { type Labels, listens, matches, matchesSelector, podsOf, type Rule, type Selector } from './pods';

describe.each(['local', 'cloudnative-pg'])('the network of k8s/overlays/%s', (overlay) => {
  const manifests = render(`overlays/${overlay}`);
  const pods = podsOf(manifests);
  const matching = (labels: Labels) => pods.filter((pod) => matches(pod.labels, labels));

  it('has pods behind every Service that listen on its port', () => {
    const services = manifests.filter(({ kind }) => kind === 'Service');
    expect(services.map(({ metadata }) => metadata.name)).toEqual(
      expect.arrayContaining([...serviceNames, 'postgres-nodes']),
    );
    for (const { metadata, spec } of services) {
      const behind = matching(spec.selector as Labels);
      expect({ service: metadata.name, pods: behind.length }).not.toMatchObject({ pods: 0 });
      for (const { port, targetPort = port } of spec.ports as {
        port: number;
        targetPort?: number | string;
      }[]) {
        for (const { ports } of behind) expect(listens(ports, targetPort)).toBe(true);
      }
    }
  });

  it('resolves postgres-nodes to every database pod, ready or not, and to no other pod', () => {
    const { spec } = find(manifests, 'Service', 'postgres-nodes');
    expect(spec).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true });
    const databases = pods.filter(({ ports }) => listens(ports, 5432));
    expect(matching(spec.selector as Labels)).toEqual(databases);
    expect(databases.reduce((sum, { count }) => sum + count, 0)).toBe(3);
  });

  it('has policies that select existing pods, sources and targets', () => {
    const policies = manifests.filter(({ kind }) => kind === 'NetworkPolicy');
    expect(policies.length).toBeGreaterThanOrEqual(3);
    for (const { metadata, spec } of policies) {
      const peers = [...((spec.ingress ?? []) as Rule[]), ...((spec.egress ?? []) as Rule[])]
        .flatMap(({ from = [], to = [] }) => [...from, ...to])
        .flatMap(({ podSelector, namespaceSelector }) =>
          podSelector && !namespaceSelector ? [podSelector] : [],
        );
      for (const selector of [spec.podSelector as Selector, ...peers]) {
        const selected = pods.filter(({ labels }) => matchesSelector(labels, selector)).length;
        expect({ policy: metadata.name, selector, selected }).not.toMatchObject({ selected: 0 });
      }
    }
  });

  it("lets every pod whose connections are restricted ask the cluster's DNS servers and the node's cache", () => {
    const restricted = manifests.filter(
      ({ kind, spec }) => kind === 'NetworkPolicy' && (spec.policyTypes as string[]).includes('Egress'),
    );
    expect(restricted.length).toBeGreaterThanOrEqual(2);
    for (const { spec } of restricted) {
      const dns = (spec.egress as Rule[]).filter(({ ports = [] }) => ports.some(({ port }) => port === 53));
      expect(dns).toEqual([
        {
          to: [
            {
              namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
              podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
            },
            { ipBlock: { cidr: '169.254.20.10/32' } },
          ],
          ports: [
            { port: 53, protocol: 'UDP' },
            { port: 53, protocol: 'TCP' },
          ],
        },
      ]);
    }
  });

  it('allows only the monitoring namespace to reach the management ports', () => {
    for (const service of serviceNames) {
      const { labels } = pods.find(({ name }) => name === service)!;
      const rules = manifests
        .filter(
          ({ kind, spec }) =>
            kind === 'NetworkPolicy' && matchesSelector(labels, spec.podSelector as Selector),
        )
        .flatMap(({ spec }) => (spec.ingress ?? []) as Rule[]);
      const open = rules.filter(({ from }) => from === undefined);
      expect(open).toEqual([{ ports: [{ port: 'http' }] }]);
      const management = rules.filter(({ ports = [] }) => ports.some(({ port }) => port === 'management'));
      expect(management).toEqual([
        {
          from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
          ports: [{ port: 'management' }],
        },
      ]);
    }
  });

  it("allows services, migrations and nodes to reach the nodes on PostgreSQL's port", () => {
    const database = pods.find(({ ports }) => listens(ports, 5432))!;
    const sources = manifests
      .filter(
        ({ kind, spec }) =>
          kind === 'NetworkPolicy' && matchesSelector(database.labels, spec.podSelector as Selector),
      )
      .flatMap(({ spec }) => (spec.ingress ?? []) as Rule[])
      .filter(({ ports = [] }) => ports.some(({ port }) => port === 5432))
      .flatMap(({ from = [] }) => from.flatMap(({ podSelector }) => (podSelector ? [podSelector] : [])));
    const admitted = pods.filter(({ labels }) =>
      sources.some((selector) => matchesSelector(labels, selector)),
    );
    expect(admitted).toEqual(pods);
  });
});
