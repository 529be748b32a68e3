import { join } from 'node:path';
import ts from 'typescript';
import { sourceFiles } from './source-imports';

export interface CallbackMembers {
  /** The interface's name; `new` and the class's name when the functions are parameters of a constructor. */
  readonly name: string;
  readonly file: string;
  /** Its members that are functions. */
  readonly functions: readonly string[];
  /** The number of other members. */
  readonly facts: number;
}

/** What the creator of a class or function passes to it, by the naming convention of such interfaces here. */
const HANDED_DOWN = /(?:Options|Resources|Owner|Host|Context)$/;

/**
 * How the library, except its Nest module, passes functions down: interfaces, with their own members but not
 * inherited ones, and constructors.
 */
export function callbackMembers(directory: string): CallbackMembers[] {
  const files = sourceFiles(directory).filter((file) => !file.startsWith('nest/'));
  const program = ts.createProgram({
    rootNames: files.map((file) => join(directory, file)),
    options: {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.Node20,
    },
  });
  const checker = program.getTypeChecker();
  return files.flatMap((file) => {
    const source = program.getSourceFile(join(directory, file));
    if (!source) return [];
    return source.statements.flatMap(declaredBy).map(({ name, members }) => {
      const functions = members.filter((member) => isFunction(checker, member));
      return {
        name,
        file,
        functions: functions.map((member) => member.name?.getText() ?? ''),
        facts: members.length - functions.length,
      };
    });
  });
}

type Member = ts.TypeElement | ts.ParameterDeclaration;

interface Declared {
  readonly name: string;
  readonly members: readonly Member[];
}

function declaredBy(statement: ts.Statement): Declared[] {
  if (ts.isClassDeclaration(statement)) {
    const constructor = statement.members.find(ts.isConstructorDeclaration);
    return constructor
      ? [{ name: `new ${statement.name?.text ?? ''}`, members: [...constructor.parameters] }]
      : [];
  }
  const isNamed = ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement);
  if (!isNamed || !HANDED_DOWN.test(statement.name.text)) return [];
  const { name } = statement;
  if (ts.isInterfaceDeclaration(statement)) return [{ name: name.text, members: [...statement.members] }];
  const { type } = statement;
  return ts.isTypeLiteralNode(type) ? [{ name: name.text, members: [...type.members] }] : [];
}

/**
 * Also when it is optional, or called through a type alias. A class does not count as a function.
 */
function isFunction(checker: ts.TypeChecker, member: Member): boolean {
  if (ts.isMethodSignature(member)) return true;
  if (!ts.isPropertySignature(member) && !ts.isParameter(member)) return false;
  if (!member.type) return false;
  const type = checker.getNonNullableType(checker.getTypeFromTypeNode(member.type));
  const kinds = type.isUnion() ? type.types : [type];
  return kinds.some((kind) => kind.getCallSignatures().length > 0);
}
