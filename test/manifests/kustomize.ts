import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

export const ROOT = join(__dirname, '../..');

/** An object as Kubernetes receives it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  // The fields differ by kind; the schemas check them, not a type.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly [field: string]: any;
}

/**
 * Renders a directory below k8s/ as `kubectl apply -k` does.
 *
 * @throws Error when neither kubectl nor kustomize is on the PATH, and with their output when the directory
 * is invalid
 */
export function render(directory: string): Manifest[] {
  const path = join(ROOT, 'k8s', directory);
  for (const [command, ...args] of [
    ['kubectl', 'kustomize', path],
    ['kustomize', 'build', path],
  ] as const) {
    const { status, stdout, stderr, error } = spawnSync(command, args, {
      encoding: 'utf8',
      // Jest's copy of the environment; by default the child would get the original.
      env: process.env,
    });
    if (isMissing(error)) continue;
    if (error) throw error;
    if (status !== 0) throw new Error(`${command} cannot render k8s/${directory}: ${stderr}`);
    return parseManifests(stdout);
  }
  throw new Error(
    'neither kubectl nor kustomize is on the PATH: the manifests are tested as one of them renders them, install kubectl',
  );
}

/** Parses several documents of YAML 1.1, the version that Kubernetes reads: a mode of 0440 is octal. */
export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text, { version: '1.1' }).map((document) => {
    if (document.errors.length > 0) throw document.errors[0]!;
    return document.toJS() as Manifest;
  });
}

export function find(manifests: readonly Manifest[], kind: string, name: string): Manifest {
  const found = manifests.find((each) => each.kind === kind && each.metadata.name === name);
  if (!found) throw new Error(`there is no ${kind} ${name}`);
  return found;
}

function isMissing(error: Error | undefined): boolean {
  return error !== undefined && 'code' in error && error.code === 'ENOENT';
}
