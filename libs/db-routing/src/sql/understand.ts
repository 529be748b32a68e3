import { isAnalyzing } from './explain';
import { worstSession } from './finding';
import type { Finding } from './finding';
import type { Judge } from './judge';
import type { QualifiedName, Statement, StatementKind } from './statement';
import { childList, childNode, untag } from './syntax-tree';
import type { TreeNode } from './syntax-tree';
import { transactionKind, transactionRequest } from './transaction-control';
import { collectFacts } from './tree-facts';
import type { TreeFacts } from './tree-facts';
import { utilityStatement } from './utility-statements';

/** A statement without the text it came from. */
export type Understanding = Omit<Statement, 'text'>;

const ENDING = new Set<StatementKind>(['commit', 'rollback', 'prepare-transaction']);
const PLANNABLE = new Set(['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);

/** What one syntax tree needs. */
export function understand(tree: TreeNode, judge: Judge): Understanding {
  const [tag, node] = untag(tree);
  switch (tag) {
    case 'SelectStmt':
      return read(childList(node, 'valuesLists').length > 0 ? 'values' : 'select', tree, judge);
    case 'VariableShowStmt':
      return read('show', tree, judge);
    case 'ExplainStmt':
      return understandExplain(node, judge);
    case 'CopyStmt':
      return understandCopy(tree, node, judge);
    case 'TransactionStmt':
      return understandControl(node);
    default:
      return understandUtility(tag, tree, node, judge);
  }
}

/** What a text of several statements needs: what the most demanding of them does. */
export function understandAll(parts: readonly Understanding[]): Understanding {
  const reads = parts.every((part) => part.target === 'replica');
  const demanding = parts.findIndex((part) => part.target === 'primary');
  const found = parts[demanding];
  // A transaction opened or ended in the middle of a text leaves its connection in a state that only the server knows.
  const controlsTransaction = parts.some((part) => part.reason === 'transaction-control');
  return {
    kind: 'multi',
    target: reads ? 'replica' : 'primary',
    reason: reads ? 'read' : 'multi-statement',
    ...(found === undefined
      ? {}
      : { detail: `statement ${demanding + 1} of ${parts.length}: ${found.detail ?? found.reason}` }),
    session: controlsTransaction ? 'changes' : worstSession(parts.map((part) => part.session)),
    tables: parts.flatMap((part) => part.tables),
    functions: parts.flatMap((part) => part.functions),
    ...(parts.some((part) => part.endsTransaction) && { endsTransaction: true }),
  };
}

function understandControl(node: TreeNode): Understanding {
  const kind = transactionKind(node);
  return {
    ...nothingNamed(kind),
    transaction: transactionRequest(node),
    ...(ENDING.has(kind) && { endsTransaction: true }),
  };
}

function read(kind: StatementKind, tree: TreeNode, judge: Judge): Understanding {
  const facts = collectFacts(tree);
  return judged(kind, facts, judge.judge(facts));
}

function understandExplain(node: TreeNode, judge: Judge): Understanding {
  const explained = childNode(node, 'query') ?? {};
  const [tag] = untag(explained);
  if (isAnalyzing(node) || !PLANNABLE.has(tag)) return { ...understand(explained, judge), kind: 'explain' };
  const facts = collectFacts(explained);
  return judged('explain', facts, judge.judge(facts, 'planned'));
}

function understandCopy(tree: TreeNode, node: TreeNode, judge: Judge): Understanding {
  const facts = collectFacts(tree);
  const findings = [...judge.judge(facts)];
  if (node['is_program'] === true || 'filename' in node) {
    findings.unshift({
      reason: 'server-file',
      detail: 'COPY with a file or program of the server',
      session: 'none',
    });
  }
  if (node['is_from'] !== true) return judged('copy-to', facts, findings);
  findings.unshift({ reason: 'write', detail: 'COPY FROM', session: 'none' });
  return judged('copy-from', facts, findings);
}

function understandUtility(tag: string, tree: TreeNode, node: TreeNode, judge: Judge): Understanding {
  const facts = collectFacts(tree);
  const { kind, reason, ...utility } = utilityStatement(tag, node);
  const session = kind === 'ddl' && facts.usesTemporary ? 'changes' : utility.session;
  const findings = judge.judge(facts);
  const own: Finding = {
    reason,
    session,
    detail: findings.find((finding) => finding.reason === reason)?.detail ?? kind,
  };
  const transaction = transactionRequest(node);
  const understanding = judged(kind, facts, [own, ...findings]);
  return Object.keys(transaction).length > 0 && kind === 'set'
    ? { ...understanding, transaction }
    : understanding;
}

function judged(kind: StatementKind, facts: TreeFacts, findings: readonly Finding[]): Understanding {
  const [weightiest] = findings;
  return {
    kind,
    target: weightiest === undefined ? 'replica' : 'primary',
    reason: weightiest?.reason ?? 'read',
    ...(weightiest === undefined ? {} : { detail: weightiest.detail }),
    session: worstSession(findings.map((finding) => finding.session)),
    tables: distinct(facts.relations),
    functions: distinct(facts.functions),
  };
}

function nothingNamed(kind: StatementKind): Understanding {
  return {
    kind,
    target: 'primary',
    reason: 'transaction-control',
    session: 'none',
    tables: [],
    functions: [],
  };
}

function distinct(names: readonly QualifiedName[]): readonly QualifiedName[] {
  const seen = new Map<string, QualifiedName>();
  for (const { schema, name } of names) {
    const key = JSON.stringify([schema, name]);
    if (!seen.has(key)) seen.set(key, schema === undefined ? { name } : { schema, name });
  }
  return [...seen.values()];
}
