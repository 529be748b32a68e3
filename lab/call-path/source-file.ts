import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Compiled beside everything else (dist/libs/db-routing/src), or as a package of its own (libs/db-routing/dist, node_modules/db-routing/dist). */
const COMPILED = /\/(?:libs|node_modules)\/db-routing\/(?:src|dist)\/(.+)\.js$/;

/** The source of a compiled file, from libs/db-routing/src on; undefined for what is none of the library. */
export function sourceFileOf(script: string | null | undefined): string | undefined {
  const found = COMPILED.exec(script ?? '')?.[1];
  return found === undefined ? undefined : `${found}.ts`;
}

/** What V8 was given: offsets are offsets of it. */
export function scriptText(script: string): string {
  return readFileSync(pathOf(script), 'utf8');
}

/** Coverage knows scripts by URL, the stack by path. */
export function pathOf(script: string): string {
  return script.startsWith('file:') ? fileURLToPath(script) : script;
}

/** The line of the source that stands at `offset` of the compiled file. */
export function sourceLineOf(script: string, offset: number): number {
  const before = scriptText(script).slice(0, offset).split('\n');
  const map = new SourceMap(JSON.parse(scriptText(`${script}.map`)) as SourceMapPayload);
  const entry = map.findEntry(before.length - 1, before.at(-1)?.length ?? 0);
  return ('originalLine' in entry ? entry.originalLine : 0) + 1;
}
