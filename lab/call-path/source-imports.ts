import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { preProcessFile } from 'typescript';

/** Every file of the library except specs, relative to libs/db-routing/src. */
export function sourceFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => /\.ts$/.test(name) && !/\.(spec|d)\.ts$/.test(name))
    .sort();
}

/** Which files import which, including types. There are no cycles, which dependency-cruiser ensures. */
export class SourceImports {
  readonly #imports = new Map<string, readonly string[]>();

  constructor(directory: string) {
    const files = new Set(sourceFiles(directory));
    for (const file of files) {
      const { importedFiles } = preProcessFile(readFileSync(join(directory, file), 'utf8'), true, true);
      const found = importedFiles.flatMap(({ fileName }) => {
        const path = posix.join(posix.dirname(file), fileName);
        return [`${path}.ts`, `${path}/index.ts`].filter((candidate) => files.has(candidate));
      });
      this.#imports.set(file, found);
    }
  }

  /** Whether `file` imports `other`, directly or indirectly. */
  reaches(file: string, other: string, seen = new Set<string>()): boolean {
    if (seen.has(file)) return false;
    seen.add(file);
    return (this.#imports.get(file) ?? []).some((next) => next === other || this.reaches(next, other, seen));
  }
}
