import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { code, table } from './table';

const SOURCES = join(__dirname, '../../libs/db-routing/src/postgres');
/** The declarations of the options, in the order of the table. */
const DECLARATIONS = [
  { file: 'pool/options/options.ts', name: 'RoutedPoolOptions' },
  { file: 'settings/connection-options.ts', name: 'ConnectionOptions' },
];
const FOR_TESTS = /Injected by tests|injected by tests/;
/** The last sentence of a comment. */
const DEFAULT = /\s*\bDefault:? (.+?)\.$/;

/** A table of RoutedPool's options, from their declarations and comments. */
export function poolOptionsTable(): string {
  const rows = DECLARATIONS.flatMap(({ file, name }) => optionsIn(join(SOURCES, file), name));
  return table([['option', 'value', 'default', 'meaning'], ...rows]);
}

function optionsIn(path: string, name: string): string[][] {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const declaration = source.statements.find(
    (statement) => ts.isInterfaceDeclaration(statement) && statement.name.text === name,
  );
  if (declaration === undefined || !ts.isInterfaceDeclaration(declaration)) {
    throw new TypeError(`${path} declares no interface ${name}.`);
  }
  return declaration.members.filter(ts.isPropertySignature).flatMap((member) => {
    const comment = commentOf(member);
    if (FOR_TESTS.test(comment)) return [];
    const isOptional = member.questionToken !== undefined;
    return [
      [
        code(member.name.getText()),
        code(typeOf(member.type)),
        isOptional ? (DEFAULT.exec(comment)?.[1] ?? 'none') : 'must be given',
        comment.replace(DEFAULT, ''),
      ],
    ];
  });
}

function commentOf(member: ts.PropertySignature): string {
  const [comment] = ts.getJSDocCommentsAndTags(member);
  return (ts.getTextOfJSDocComment(comment?.comment) ?? '').replace(/\s+/g, ' ').trim();
}

/** The declared type, without `undefined`, which every optional option allows. */
function typeOf(type: ts.TypeNode | undefined): string {
  return (type?.getText() ?? '').replace(/ \| undefined$/, '').replaceAll('readonly ', '');
}
