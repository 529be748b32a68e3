import type { Manifest } from './kustomize';
import { modelOf } from './models';
import { newerFields } from './newer-fields';

/**
 * What is wrong with an object: what its schema refuses, and every field that its schema does not know.
 *
 * The models are validators compiled from OpenAPI, which lets unknown fields pass, so that a misspelt one would be
 * ignored here and by the cluster. But a validator reads each field that it knows: what it never read, it does not know.
 */
export function problemsOf(manifest: Manifest): string[] {
  const model = modelOf(manifest);
  const title = `${manifest.kind} ${manifest.metadata.name}`;
  if (!model) return [`${title}: no schema is known for ${manifest.apiVersion} ${manifest.kind}`];
  const read = new Set<string>();
  const problems: string[] = [];
  try {
    model.prototype.validate.call(recording(manifest, '', read));
  } catch (error) {
    problems.push((error as Error).message);
  }
  for (const { path, value } of fieldsOf(manifest)) {
    if (read.has(path)) continue;
    const newer = newerFields.find((field) => field.kind === manifest.kind && field.path === path);
    if (newer?.allowed.includes(value)) continue;
    problems.push(
      newer
        ? `${path} is ${JSON.stringify(value)}, not one of ${newer.allowed.join(', ')}`
        : `${path} is unknown`,
    );
  }
  return problems.map((problem) => `${title}: ${problem}`);
}

/** Whether the model of its kind reads the field: the counterpart of an entry in newerFields. */
export function isKnownToModel(manifest: Manifest, path: string): boolean {
  const read = new Set<string>();
  modelOf(manifest)?.prototype.validate.call(recording(manifest, '', read));
  return read.has(path);
}

function recording<T>(value: T, path: string, read: Set<string>): T {
  if (typeof value !== 'object' || value === null) return value;
  return new Proxy(value, {
    get(target, key) {
      const field: unknown = Reflect.get(target, key);
      if (typeof key === 'symbol' || !Object.hasOwn(target, key)) return field;
      if (!Array.isArray(target)) read.add(`${path}.${key}`);
      return recording(field, Array.isArray(target) ? path : `${path}.${key}`, read);
    },
  });
}

/** Every field of the object; of an unknown one only itself matters, so nothing below an array's position is told apart. */
function* fieldsOf(value: unknown, path = ''): Generator<{ path: string; value: unknown }> {
  if (Array.isArray(value)) {
    for (const element of value) yield* fieldsOf(element, path);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, field] of Object.entries(value)) {
      yield { path: `${path}.${key}`, value: field };
      yield* fieldsOf(field, `${path}.${key}`);
    }
  }
}
