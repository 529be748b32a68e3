import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { find, type Manifest, ROOT } from './kustomize';

/** The fields of a pod template's container that the specs read. */
export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly env?: readonly EnvironmentVariable[];
  readonly envFrom?: readonly { readonly configMapRef: { readonly name: string } }[];
  readonly [field: string]: unknown;
}

interface EnvironmentVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string; readonly key: string } };
}

interface Secret {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly type: string;
  readonly stringData: Readonly<Record<string, string>>;
}

export const podOf = ({ spec }: Manifest) => spec.template.spec as Record<string, never>;

export function hasPods({ kind }: Manifest): boolean {
  return kind === 'Deployment' || kind === 'StatefulSet' || kind === 'Job';
}

export function containersOf(manifest: Manifest): Container[] {
  const { initContainers = [], containers } = manifest.spec.template.spec as {
    initContainers?: Container[];
    containers: Container[];
  };
  return [...initContainers, ...containers];
}

/** The container that serves; init containers precede it. */
export function mainContainerOf(manifest: Manifest): Container {
  const container = containersOf(manifest).at(-1);
  if (container === undefined) throw new Error(`${manifest.metadata.name} has no container`);
  return container;
}

/** The Secrets that k8s/generate-secrets.mjs gives to kubectl. */
export function generatedSecrets(...args: string[]): Secret[] {
  const script = join(ROOT, 'k8s/generate-secrets.mjs');
  const list = execFileSync(process.execPath, [script, ...args], { encoding: 'utf8' });
  return (JSON.parse(list) as { items: Secret[] }).items;
}

/** The environment that a container gets from its manifest, the ConfigMaps and the Secrets. */
export function environmentOf(
  container: Container,
  manifests: readonly Manifest[],
  secrets: readonly Secret[],
): Record<string, string> {
  const shared = (container.envFrom ?? []).map(
    ({ configMapRef }) => find(manifests, 'ConfigMap', configMapRef.name).data as Record<string, string>,
  );
  const own = (container.env ?? []).map(({ name, value, valueFrom }) => {
    if (value !== undefined) return [name, value] as const;
    const { name: secretName, key } = valueFrom!.secretKeyRef!;
    const secret = secrets.find(({ metadata }) => metadata.name === secretName);
    const found = secret?.stringData[key];
    if (found === undefined)
      throw new Error(`${name} wants key ${key} of Secret ${secretName}, which does not exist`);
    return [name, found] as const;
  });
  return Object.assign({}, ...shared, Object.fromEntries(own)) as Record<string, string>;
}
