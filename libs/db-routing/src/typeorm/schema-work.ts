import { AmbientKey } from '../ambient';

const schemaWork = new AmbientKey<true>('schema-work');

/** Everything that `fn` does changes the schema, or looks at it to do so: on the primary, for as long as it takes. */
export function asSchemaWork<R>(fn: () => R): R {
  return schemaWork.run(true, fn);
}

export function isSchemaWork(): boolean {
  return schemaWork.get() ?? false;
}
