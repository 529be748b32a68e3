import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { storageProblem } from '@app/postgres-cluster';
import { Refusal } from './refusal';

/**
 * Writes all files, or changes none.
 *
 * @param files text by path below `root`
 * @throws Refusal when the disk is full or the folder cannot be written
 */
export function writeAll(root: string, files: ReadonlyMap<string, string>): void {
  const drafts = [...files].map(([path, text]) => {
    const file = join(root, path);
    return { file, draft: `${file}.new`, text };
  });
  try {
    for (const { file, draft, text } of drafts) {
      mkdirSync(dirname(file), { recursive: true });
      // Keeps its mode.
      if (existsSync(file)) copyFileSync(file, draft);
      writeFileSync(draft, text);
    }
    for (const { file, draft } of drafts) renameSync(draft, file);
  } catch (error) {
    const problem = storageProblem(error, root);
    throw problem === undefined ? error : new Refusal(`Nothing is changed: the folder ${root} ${problem}`);
  } finally {
    for (const { draft } of drafts) rmSync(draft, { force: true });
  }
}
