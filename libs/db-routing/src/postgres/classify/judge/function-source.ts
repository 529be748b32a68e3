import { parse, SyntaxNotUnderstood } from '../tree/parser';
import { readPlpgsql } from '../tree/plpgsql';
import { childList, childNode, childText, isNode, stringOf, type TreeNode, untag } from '../tree/syntax-tree';

/** What a function, procedure or DO block runs, as far as its source shows. */
export interface FunctionSource {
  readonly trees: readonly TreeNode[];
  /** True when it runs texts that it makes at run time. */
  readonly isDynamic: boolean;
  /** True when it stores values in variables. */
  readonly assigns: boolean;
}

/**
 * Reads a CREATE FUNCTION or CREATE PROCEDURE. Throws SyntaxNotUnderstood when its language is neither sql
 * nor plpgsql, or its body is not understood.
 */
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

/**
 * Reads a DoStmt. Throws SyntaxNotUnderstood when its language is not plpgsql, or its body is not understood.
 */
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

/** Returns the statements of RETURN …, or of BEGIN ATOMIC …; …; END, which is a list of lists. */
function statementsIn(body: TreeNode): readonly TreeNode[] {
  const list = childNode(body, 'List');
  if (list) return childList(list, 'items').filter(isNode).flatMap(statementsIn);
  const result = childNode(body, 'ReturnStmt');
  return result ? [{ SelectStmt: { targetList: [{ ResTarget: { val: result['returnval'] } }] } }] : [body];
}
