import { parse, SyntaxNotUnderstood } from '../tree/parser';
import { readPlpgsql } from '../tree/plpgsql';
import { childList, childNode, childText, isNode, stringOf, type TreeNode, untag } from '../tree/syntax-tree';

/** What a function, a procedure or a DO block runs, as far as its source shows. */
export interface FunctionSource {
  readonly trees: readonly TreeNode[];
  /** It runs texts that are made while it runs. */
  readonly isDynamic: boolean;
  /** Values are stored in its variables. */
  readonly assigns: boolean;
}

/** Of a CREATE FUNCTION or CREATE PROCEDURE. Throws SyntaxNotUnderstood for a language other than sql and plpgsql. */
export function readDefinition(definition: string): FunctionSource {
  const [tree] = parse(definition);
  const [, node] = untag(tree ?? {});
  const language = optionOf(childList(node, 'options'), 'language');
  if (language === 'plpgsql') return { ...readPlpgsql(definition), assigns: true };
  if (language !== 'sql') throw new SyntaxNotUnderstood(`the language ${language ?? '?'}`);
  const body = childNode(node, 'sql_body');
  const trees = body ? statementsIn(body) : parse(optionOf(childList(node, 'options'), 'as') ?? '(');
  return { trees, isDynamic: false, assigns: false };
}

/** Of a DoStmt. Throws SyntaxNotUnderstood for a language other than plpgsql. */
export function readDoBlock(node: TreeNode): FunctionSource {
  const language = optionOf(childList(node, 'args'), 'language') ?? 'plpgsql';
  const source = optionOf(childList(node, 'args'), 'as');
  if (language !== 'plpgsql' || source === undefined)
    throw new SyntaxNotUnderstood(`the language ${language}`);
  return { ...readPlpgsql(`DO '${source.replaceAll("'", "''")}'`), assigns: true };
}

function optionOf(options: readonly unknown[], name: string): string | undefined {
  for (const tagged of options) {
    if (!isNode(tagged)) continue;
    const [, option] = untag(tagged);
    if (childText(option, 'defname') !== name) continue;
    const value = childNode(option, 'arg') ?? {};
    const list = childNode(value, 'List');
    return stringOf(list ? childList(list, 'items')[0] : value);
  }
  return undefined;
}

/** Of RETURN …, or of BEGIN ATOMIC …; …; END, which is a list of lists. */
function statementsIn(body: TreeNode): readonly TreeNode[] {
  const list = childNode(body, 'List');
  if (list) return childList(list, 'items').filter(isNode).flatMap(statementsIn);
  const result = childNode(body, 'ReturnStmt');
  return result ? [{ SelectStmt: { targetList: [{ ResTarget: { val: result['returnval'] } }] } }] : [body];
}
