import { isAnalyzing } from '../tree/explain-statement';
import { type Finding, unproven } from './finding';
import { type FunctionSource, readDoBlock } from './function-source';
import type { StatementKind } from '../../../engine/statement';
import { childList, childNode, type TreeNode, untag } from '../tree/syntax-tree';
import { transactionKind } from '../tree/transaction-control';
import { collectFacts, type TreeFacts } from '../tree/tree-facts';
import { utilityStatement } from '../tree/utility-statements';

/**
 * `planned`: EXPLAIN without ANALYZE, which runs no volatile functions; stable ones may run for the
 * estimates.
 */
export type Execution = 'executed' | 'planned';

/** Judges the names in a tree by what they mean in the database. */
export interface NameJudge {
  judge(facts: TreeFacts, execution?: Execution): readonly Finding[];
  judgeSource(read: () => FunctionSource, where: string): readonly Finding[];
}

/** The kind of one statement, and everything that forbids running it on a replica, the weightiest first. */
export interface StatementFindings {
  readonly kind: StatementKind;
  readonly facts: TreeFacts;
  readonly findings: readonly Finding[];
}

const PLANNABLE = new Set(['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);

/** Judges a statement that was sent, or one that a function runs. */
export function findingsOf(tree: TreeNode, judge: NameJudge): StatementFindings {
  const [tag, node] = untag(tree);
  switch (tag) {
    case 'SelectStmt':
      return ofRead(childList(node, 'valuesLists').length > 0 ? 'values' : 'select', tree, judge);
    case 'VariableShowStmt':
      return ofRead('show', tree, judge);
    case 'ExplainStmt':
      return ofExplain(node, judge);
    case 'CopyStmt':
      return ofCopy(tree, node, judge);
    case 'TransactionStmt':
      return ofControl(tree, node);
    default:
      return ofUtility(tag, tree, node, judge);
  }
}

function ofRead(kind: StatementKind, tree: TreeNode, judge: NameJudge): StatementFindings {
  const facts = collectFacts(tree);
  return { kind, facts, findings: judge.judge(facts) };
}

function ofControl(tree: TreeNode, node: TreeNode): StatementFindings {
  const kind = transactionKind(node);
  // The prepared transaction is unknown here.
  const mayDefine = kind === 'commit-prepared';
  const finding: Finding = { reason: 'transaction-control', detail: kind, backendState: 'none', mayDefine };
  return { kind, facts: collectFacts(tree), findings: [finding] };
}

function ofExplain(node: TreeNode, judge: NameJudge): StatementFindings {
  const explained = childNode(node, 'query') ?? {};
  const [tag] = untag(explained);
  if (isAnalyzing(node) || !PLANNABLE.has(tag)) return { ...findingsOf(explained, judge), kind: 'explain' };
  const facts = collectFacts(explained);
  return { kind: 'explain', facts, findings: judge.judge(facts, 'planned') };
}

function ofCopy(tree: TreeNode, node: TreeNode, judge: NameJudge): StatementFindings {
  const facts = collectFacts(tree);
  const isFrom = node['is_from'] === true;
  if (isFrom) facts.written.push(...facts.relations);
  const findings = [...judge.judge(facts)];
  if (node['is_program'] === true || 'filename' in node) {
    findings.unshift({
      reason: 'server-file',
      detail: 'COPY with a file or program of the server',
      backendState: 'none',
    });
  }
  if (isFrom) findings.unshift({ reason: 'write', detail: 'COPY FROM', backendState: 'none' });
  return { kind: isFrom ? 'copy-from' : 'copy-to', facts, findings };
}

function ofUtility(tag: string, tree: TreeNode, node: TreeNode, judge: NameJudge): StatementFindings {
  const facts = collectFacts(tree);
  if (tag === 'TruncateStmt') facts.written.push(...facts.relations);
  const { kind, reason, backendState, mayDefine, outlivesDiscard = false } = utilityStatement(tag, node);
  const findings = [...judge.judge(facts)];
  if (tag === 'DoStmt') findings.push(...judge.judgeSource(() => readDoBlock(node), 'DO'));
  // It empties tables that it does not name.
  if (tag === 'TruncateStmt' && node['behavior'] === 'DROP_CASCADE') {
    findings.push(unproven('write', 'TRUNCATE … CASCADE'));
  }
  const own: Finding = {
    reason,
    backendState,
    mayDefine: mayDefine && !facts.createsTemporary,
    outlivesDiscard,
    detail: findings.find((finding) => finding.reason === reason)?.detail ?? kind,
  };
  return { kind, facts, findings: [own, ...findings] };
}
