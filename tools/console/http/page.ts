import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const PAGE = join('tools', 'console', 'page');

/** Where the browser finds each package that the page imports. */
const PACKAGES = {
  preact: 'preact/dist/preact.mjs',
  'preact/hooks': 'preact/hooks/dist/hooks.mjs',
  '@preact/signals': '@preact/signals/dist/signals.mjs',
  '@preact/signals-core': '@preact/signals-core/dist/signals-core.mjs',
  uplot: 'uplot/dist/uPlot.esm.js',
} as const;
const PACKAGE_STYLES = ['uplot/dist/uPlot.min.css'];

/** Where the page's own files are, which the browser loads as they are. */
export const pageDirectory = join(repositoryRoot(), PAGE);

/** The files of packages that are served below /packages/, by their path there. */
export const packageFiles: ReadonlyMap<string, string> = new Map(
  [...Object.values(PACKAGES), ...PACKAGE_STYLES].map((path) => [
    path,
    join(repositoryRoot(), 'node_modules', path),
  ]),
);

const importMap = JSON.stringify({
  imports: Object.fromEntries(Object.entries(PACKAGES).map(([name, path]) => [name, `/packages/${path}`])),
});

/** Nothing inline but the import map, nothing from elsewhere, and no frame around the page. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    `script-src 'self' 'sha256-${createHash('sha256').update(importMap).digest('base64')}'`,
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

/** The page, with the token of this start for its requests. */
export function pageWith(token: string): string {
  return readFileSync(join(pageDirectory, 'index.html'), 'utf8')
    .replace('<!-- import-map -->', `<script type="importmap">${importMap}</script>`)
    .replace('{{token}}', token);
}

/** This file may run from the sources or from dist/, and the page is in the sources only. */
function repositoryRoot(): string {
  let directory = __dirname;
  while (!existsSync(join(directory, PAGE, 'index.html'))) {
    const parent = dirname(directory);
    if (parent === directory) throw new Error(`There is no ${PAGE} above ${__dirname}.`);
    directory = parent;
  }
  return directory;
}
