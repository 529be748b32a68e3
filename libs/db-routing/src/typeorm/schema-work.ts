import { AmbientKey } from '../ambient';

const schemaWork = new AmbientKey<true>('schema-work');

/**
 * Runs `fn`, whose statements change the schema or read it for that purpose: they run on the primary, without
 * a time limit.
 */
export function asSchemaWork<R>(fn: () => R): R {
  return schemaWork.run(true, fn);
}

export function isSchemaWork(): boolean {
  return schemaWork.get() ?? false;
}
