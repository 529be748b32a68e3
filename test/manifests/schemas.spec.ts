import { find, type Manifest, parseManifests, render } from './kustomize';
import { newerFields } from './newer-fields';
import { isKnownToModel, problemsOf } from './validate';

const directories = ['base', 'overlays/local', 'overlays/cloudnative-pg'];

describe.each(directories)('k8s/%s', (directory) => {
  const manifests = render(directory);

  it('has objects that all match their schema', () => {
    expect(manifests.length).toBeGreaterThan(10);
    expect(manifests.flatMap(problemsOf)).toEqual([]);
  });

  it('defines no object twice', () => {
    const names = manifests.map(
      ({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`,
    );
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('the validation', () => {
  const base = render('base');
  const cloudNative = render('overlays/cloudnative-pg');
  const deployment = find(base, 'Deployment', 'order-service');
  const cluster = find(cloudNative, 'Cluster', 'postgres');

  it.each<[string, Manifest, (copy: Manifest) => void, string]>([
    ['a number as text', deployment, (copy) => (copy.spec.replicas = '2'), '/spec/replicas must be integer'],
    ['a misspelt field', deployment, (copy) => (copy.spec.replica = 2), '.spec.replica is unknown'],
    [
      'a misspelt field of a container',
      deployment,
      (copy) => (copy.spec.template.spec.containers[0].readynessProbe = {}),
      '.spec.template.spec.containers.readynessProbe is unknown',
    ],
    [
      'a required field left out',
      deployment,
      (copy) => delete copy.spec.selector,
      'must have required property selector',
    ],
    [
      'a value that is not allowed',
      deployment,
      (copy) => (copy.spec.template.spec.topologySpreadConstraints[0].whenUnsatisfiable = 'Never'),
      'must be equal to one of the allowed values',
    ],
    [
      'a wrong type in a custom resource',
      cluster,
      (copy) => (copy.spec.instances = 'three'),
      '/spec/instances must be integer',
    ],
    [
      'a misspelt field of a custom resource',
      cluster,
      (copy) => (copy.spec.postgresql.synchronous.methods = 'any'),
      '.spec.postgresql.synchronous.methods is unknown',
    ],
    [
      'a wrong value of a field newer than the model',
      cluster,
      (copy) => (copy.spec.postgresql.synchronous.failoverQuorum = 'yes'),
      '.spec.postgresql.synchronous.failoverQuorum is "yes", not one of true, false',
    ],
    ['an unknown kind', deployment, (copy) => Object.assign(copy, { kind: 'Deploy' }), 'no schema is known'],
    [
      'a kind of a removed API version',
      deployment,
      (copy) => Object.assign(copy, { apiVersion: 'extensions/v1beta1' }),
      'no schema is known for extensions/v1beta1 Deployment',
    ],
  ])('refuses %s', (_, original, change, problem) => {
    const copy = structuredClone(original);
    change(copy);
    expect(problemsOf(copy)).toEqual([expect.stringContaining(problem)]);
  });

  it('reads modes as Kubernetes does', () => {
    expect(parseManifests('mode: 0440')).toEqual([{ mode: 0o440 }]);
  });

  it.each(newerFields)(
    'checks $path ($since) itself, because the model does not know it yet',
    ({ kind, path }) => {
      const manifest = cloudNative.find((each) => each.kind === kind)!;
      expect(isKnownToModel(manifest, path)).toBe(false);
    },
  );
});

describe('rendering', () => {
  const { PATH } = process.env;

  afterEach(() => {
    process.env.PATH = PATH;
  });

  it('says what to install when no renderer is available', () => {
    process.env.PATH = '/there/is/nothing';
    expect(() => render('base')).toThrow(/^neither kubectl nor kustomize is on the PATH: .*install kubectl$/);
  });

  it('gives the reason when a directory cannot be rendered', () => {
    expect(() => render('overlays')).toThrow(/cannot render k8s\/overlays: .*kustomization/);
  });
});
