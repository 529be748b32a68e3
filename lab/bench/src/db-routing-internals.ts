import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const load = createRequire(__filename);

/**
 * Loads a module of the installed package `db-routing` that no entry point exports. Its type comes from the
 * source: `import type * as …`.
 */
export function internal(name: string): unknown {
  return load(join(dirname(load.resolve('db-routing/package.json')), 'dist', name));
}
