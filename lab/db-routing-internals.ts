import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const load = createRequire(__filename);

/** The file of a module inside the installed package `db-routing`. */
export function internalFile(name: string): string {
  return load.resolve(join(dirname(load.resolve('db-routing/package.json')), 'dist', name));
}

/**
 * A module that no door of `db-routing` leads to: of the very copy that this process runs on, so that what is patched there is patched for
 * the services. Its type is that of the source: `import type * as …`.
 */
export function internal(name: string): unknown {
  return load(internalFile(name));
}
