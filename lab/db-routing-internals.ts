import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const load = createRequire(__filename);

/** The file of a module inside the installed package `db-routing`. */
export function internalFile(name: string): string {
  return load.resolve(join(dirname(load.resolve('db-routing/package.json')), 'dist', name));
}

/**
 * A module that no entry point of `db-routing` exports, from the same copy that this process uses, so that
 * patches apply to the services. Its type comes from the source: `import type * as …`.
 */
export function internal(name: string): unknown {
  return load(internalFile(name));
}
