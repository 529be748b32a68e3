import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';

const ROOT = resolve(__dirname, '../..');
/** Declarations that the examples leave to the reader. */
const OF_THE_READER: Readonly<Record<string, string>> = {
  'note.entity.ts': 'export class Note { id!: number; text!: string; }',
  'generated/prisma/client.ts': `
    export declare class PrismaClient {
      constructor(options: { adapter: import('@prisma/adapter-pg').PrismaPg });
      readonly note: {
        create(options: { data: { text: string } }): Promise<unknown>;
        findMany(): Promise<{ id: number; text: string }[]>;
      };
    }`,
};

const inFolder = (name: string) => join(ROOT, 'tools/docs', name);

/** The compiler's messages about files that exist only in memory. */
function complaints(files: ReadonlyMap<string, string>): string[] {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent(
    { ...config, include: [], files: ['x.ts'] },
    ts.sys,
    ROOT,
  );
  // The examples use top-level await, as an ES module may.
  const asModule = { ...options, noEmit: true, module: ts.ModuleKind.ESNext };
  const folders = new Set([...files.keys()].map((path) => dirname(path)));
  const moduleResolution = ts.ModuleResolutionKind.Bundler;
  const host = ts.createCompilerHost({ ...asModule, moduleResolution });
  host.fileExists = (path) => files.has(path) || ts.sys.fileExists(path);
  host.readFile = (path) => files.get(path) ?? ts.sys.readFile(path);
  host.directoryExists = (path) => folders.has(path) || ts.sys.directoryExists(path);
  const program = ts.createProgram([...files.keys()], { ...asModule, moduleResolution }, host);
  return [...files.keys()]
    .flatMap((path) => ts.getPreEmitDiagnostics(program, program.getSourceFile(path)))
    .map(
      ({ file, messageText }) =>
        `${file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    );
}

describe("the examples in the package's README", () => {
  it('compile', () => {
    const readme = readFileSync(join(ROOT, 'libs/db-routing/README.md'), 'utf8');
    const examples = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text = '']) => text);
    expect(examples).toHaveLength(5);
    const files = new Map([
      ...examples.map((text, index) => [inFolder(`example-${index}.ts`), text] as const),
      ...Object.entries(OF_THE_READER).map(([name, text]) => [inFolder(name), text] as const),
    ]);
    expect(complaints(files)).toEqual([]);
  }, 120_000);
});
