import { join, relative, sep } from 'node:path';
import { watch } from 'chokidar';

const FOLDERS = ['apps', 'libs'];
const UNWATCHED = new Set(['dist', 'node_modules', 'test']);

export interface SourceFilesWatch {
  close: () => Promise<void>;
}

/**
 * Calls `onChange` with the path of each source file of the services that is added, changed or removed.
 * Resolves when it sees changes.
 *
 * Editors and git save a file as a new one under its name. Node's own recursive watch stays with the old file
 * on Linux and misses each later save; chokidar watches the name.
 */
export async function watchSourceFiles(
  root: string,
  onChange: (path: string) => void,
  onError: (error: unknown) => void,
): Promise<SourceFilesWatch> {
  const watcher = watch(
    FOLDERS.map((folder) => join(root, folder)),
    {
      ignoreInitial: true,
      ignored: (path, stats) =>
        relative(root, path)
          .split(sep)
          .some((name) => UNWATCHED.has(name)) ||
        (stats?.isFile() === true && !isSource(path)),
    },
  );
  const ready = new Promise<void>((resolve) => watcher.once('ready', resolve));
  watcher.on('all', (event, path) => {
    if (event === 'add' || event === 'change' || event === 'unlink') onChange(relative(root, path));
  });
  watcher.on('error', onError);
  await ready;
  return watcher;
}

function isSource(path: string): boolean {
  return path.endsWith('.ts') && !path.endsWith('.spec.ts');
}
