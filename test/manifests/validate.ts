import type { Manifest } from './kustomize';
import { modelOf } from './models';
import { newerFields } from './newer-fields';

/**
 * Returns what is wrong with an object: schema violations, and every field that its schema does not know.
 *
 * The models are validators compiled from OpenAPI, which allows unknown fields, so they would ignore a
 * misspelt field, and so would the cluster. But a validator reads each field that it knows, so any field that
 * it never reads is unknown.
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

/** Whether the model of its kind reads the field; if so, the entry in newerFields is no longer needed. */
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

/** Every field of the object. Array positions are left out, because only an unknown field's name matters. */
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
