import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const load = createRequire(__filename);

/** A module inside the installed package `db-routing` that no door of it leads to. Its type is that of the source: `import type * as …`. */
export function internal(name: string): unknown {
  return load(join(dirname(load.resolve('db-routing/package.json')), 'dist', name));
}
