import ts from 'typescript';

export function parseSource(text: string): ts.SourceFile {
  return ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest, true);
}

/**
 * The value of a `const` of the file, without `as const` and `satisfies`.
 *
 * @throws Error naming it when there is none
 */
export function declaredValue(source: ts.SourceFile, name: string): ts.Expression {
  const declaration = source.statements
    .filter(ts.isVariableStatement)
    .flatMap((statement) => [...statement.declarationList.declarations])
    .find((each) => each.name.getText() === name);
  let value = declaration?.initializer;
  if (value === undefined) throw new Error(`there is no const ${name}`);
  while (ts.isSatisfiesExpression(value) || ts.isAsExpression(value)) value = value.expression;
  return value;
}

/** Where an import can be added: after the last one, or at the beginning. */
export function endOfImports(source: ts.SourceFile): number {
  return source.statements.findLast(ts.isImportDeclaration)?.end ?? 0;
}
