import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { fileURLToPath } from 'node:url';

/**
 * Compiled together with everything else (dist/libs/db-routing/src), or as a separate package
 * (libs/db-routing/dist, node_modules/db-routing/dist).
 */
const COMPILED = /\/(?:libs|node_modules)\/db-routing\/(?:src|dist)\/(.+)\.js$/;

/**
 * The source of a compiled file, relative to libs/db-routing/src; undefined when it is not part of the
 * library.
 */
export function sourceFileOf(script: string | null | undefined): string | undefined {
  const found = COMPILED.exec(script ?? '')?.[1];
  return found === undefined ? undefined : `${found}.ts`;
}

/** The text that V8 compiled, to which offsets refer. */
export function scriptText(script: string): string {
  return readFileSync(pathOf(script), 'utf8');
}

/** Coverage identifies scripts by URL, the stack by path. */
export function pathOf(script: string): string {
  return script.startsWith('file:') ? fileURLToPath(script) : script;
}

/** The line and column in the source, from 1, for `offset` in the compiled file. */
export function sourcePlaceOf(script: string, offset: number): { line: number; column: number } {
  const before = scriptText(script).slice(0, offset).split('\n');
  const map = new SourceMap(JSON.parse(scriptText(`${script}.map`)) as SourceMapPayload);
  const entry = map.findEntry(before.length - 1, before.at(-1)?.length ?? 0);
  const [line, column] = 'originalLine' in entry ? [entry.originalLine, entry.originalColumn] : [0, 0];
  return { line: line + 1, column: column + 1 };
}

/** The source line for `offset` in the compiled file. */
export function sourceLineOf(script: string, offset: number): number {
  return sourcePlaceOf(script, offset).line;
}
