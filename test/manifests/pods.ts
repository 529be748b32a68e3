import { containersOf, hasPods } from './containers';
import type { Manifest } from './kustomize';

export type Labels = Readonly<Record<string, string>>;

/** The pods that the operator creates for a Cluster, with these labels and ports. */
const CLOUDNATIVE_PG_LABELS = { 'cnpg.io/podRole': 'instance' };
const CLOUDNATIVE_PG_PORTS = { postgresql: 5432, metrics: 9187, status: 8000 };

/** The pods that an object will create, as Services, policies and monitors see them. */
export interface Pod {
  readonly name: string;
  readonly labels: Labels;
  readonly ports: Readonly<Record<string, number>>;
  readonly count: number;
}

export interface Selector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly { key: string; operator: 'In'; values: readonly string[] }[];
}

interface Peer {
  readonly podSelector?: Selector;
  /** With it, the pods are those of another namespace. */
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: { readonly cidr: string };
}

/** What a NetworkPolicy allows. */
export interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports?: readonly { readonly port: number | string }[];
}

export function podsOf(manifests: readonly Manifest[]): Pod[] {
  return manifests.flatMap((manifest): Pod[] => {
    const { kind, metadata, spec } = manifest;
    if (kind === 'Cluster') {
      const inherited = (spec.inheritedMetadata?.labels ?? {}) as Labels;
      const labels = { ...inherited, ...CLOUDNATIVE_PG_LABELS, 'cnpg.io/cluster': metadata.name };
      return [{ name: metadata.name, labels, ports: CLOUDNATIVE_PG_PORTS, count: spec.instances as number }];
    }
    if (!hasPods(manifest)) return [];
    const ports = containersOf(manifest).flatMap(({ ports = [] }) =>
      ports.map(({ name, containerPort }) => [name, containerPort] as const),
    );
    return [
      {
        name: metadata.name,
        labels: spec.template.metadata.labels as Labels,
        ports: Object.fromEntries(ports),
        count: (spec.replicas as number | undefined) ?? 1,
      },
    ];
  });
}

/** A port by number or by name. */
export function listens(ports: Pod['ports'], port: number | string): boolean {
  return typeof port === 'number' ? Object.values(ports).includes(port) : port in ports;
}

export function matches(labels: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

export function matchesSelector(
  labels: Labels,
  { matchLabels = {}, matchExpressions = [] }: Selector,
): boolean {
  return (
    matches(labels, matchLabels) &&
    matchExpressions.every(({ key, values }) => values.includes(labels[key] ?? ''))
  );
}
