import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
const PAGES = ['README.md', 'CONTRIBUTING.md', ...pagesIn('docs'), ...pagesIn('docs/decisions')];

function pagesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
}

/** Paths from the root that stand in backticks, as in `libs/db-routing/src/clock.ts`. */
function pathsIn(page: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const paths = text.matchAll(/`((?:apps|libs|lab|tools|test|docs|docker|k8s)\/[\w./-]+)`/g);
  return [...new Set([...paths].map(([, path = '']) => path))];
}

describe('the documentation', () => {
  it.each(PAGES)('%s names only files and folders that exist', (page) => {
    expect(pathsIn(page).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});
