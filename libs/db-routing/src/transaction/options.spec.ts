import { resolve } from 'node:path';
import ts from 'typescript';

/** Options as a caller writes them, and whether they compile. */
const CASES: [string, boolean][] = [
  ['{}', true],
  ["{ isolation: 'SERIALIZABLE' }", true],
  ['{ readOnly: true }', true],
  ["{ readOnly: true, isolation: 'REPEATABLE READ' }", true],
  ["{ readOnly: true, isolation: 'SERIALIZABLE', deferrable: true }", true],
  ["{ durability: 'remote_apply' }", true],
  ["{ durability: 'off', issuesToken: false }", true],
  ["{ propagation: 'REQUIRES_NEW', timeoutMs: 100, retry: { attempts: 3 } }", true],
  ["{ propagation: 'MANDATORY', isolation: 'SERIALIZABLE' }", true],
  ["{ propagation: 'NEVER', name: 'x' }", true],
  ["{ isolation: 'SNAPSHOT' }", false],
  ["{ propagation: 'SOMETIMES' }", false],
  // A commit with durability off may be lost: no position can be promised for it.
  ["{ durability: 'off' }", false],
  ["{ durability: 'off', issuesToken: true }", false],
  // A read-only transaction has nothing to make durable.
  ["{ readOnly: true, durability: 'on' }", false],
  // DEFERRABLE means something only for SERIALIZABLE READ ONLY.
  ['{ deferrable: true }', false],
  ['{ readOnly: true, deferrable: true }', false],
  ["{ isolation: 'SERIALIZABLE', deferrable: true }", false],
  // These propagations begin nothing, so there is nothing to limit, repeat or choose.
  ["{ propagation: 'MANDATORY', timeoutMs: 100 }", false],
  ["{ propagation: 'MANDATORY', retry: { attempts: 3 } }", false],
  ["{ propagation: 'SUPPORTS', isolation: 'SERIALIZABLE' }", false],
  ["{ propagation: 'NOT_SUPPORTED', readOnly: true }", false],
  ["{ propagation: 'NEVER', timeoutMs: 100 }", false],
  ['{ retry: {} }', false],
];

describe('options that cannot go together do not compile', () => {
  const fileName = resolve(__dirname, 'options.cases.ts');
  const source = [
    "import type { TransactionOptions } from './options';",
    ...CASES.map(([options], n) => `export const case${n}: TransactionOptions = ${options};`),
  ].join('\n');

  const compilerOptions: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    types: [],
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.CommonJS,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  };
  const host = ts.createCompilerHost(compilerOptions);
  const readFromDisk = host.getSourceFile.bind(host);
  host.getSourceFile = (name, target) =>
    name === fileName ? ts.createSourceFile(name, source, target) : readFromDisk(name, target);
  const program = ts.createProgram([fileName], compilerOptions, host);
  const file = program.getSourceFile(fileName);
  const wrongLines = new Set(
    program
      .getSemanticDiagnostics(file)
      .map((diagnostic) => file?.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line),
  );

  it.each(CASES.map(([options, isValid], n) => ({ options, isValid, line: n + 1 })))(
    '$options: $isValid',
    ({ isValid, line }) => {
      expect(!wrongLines.has(line)).toBe(isValid);
    },
  );
});
