import { cp, lstat, mkdir, mkdtemp, readdir, readlink, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

const NOT_COPIED = ['.git', '.cluster', 'dist', 'node_modules'];

/** A copy of the repository in a new folder, with its packages linked; the caller removes the folder. */
export async function scratchCopy(root: string, name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `${name}-`));
  await cp(root, folder, {
    recursive: true,
    filter: (path) =>
      !relative(root, path)
        .split('/')
        .some((part) => NOT_COPIED.includes(part)),
  });
  await linkPackages(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** Links each package; a package of this repository is linked within the copy, as npm does. */
async function linkPackages(from: string, to: string): Promise<void> {
  await mkdir(to);
  for (const name of await readdir(from)) {
    const [source, target] = [join(from, name), join(to, name)];
    if (name.startsWith('@')) await linkPackages(source, target);
    else await symlink((await lstat(source)).isSymbolicLink() ? await readlink(source) : source, target);
  }
}
