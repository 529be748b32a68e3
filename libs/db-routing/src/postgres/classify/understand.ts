import { worstBackendState } from './judge/finding';
import type { Judge } from './judge/judge';
import type { QualifiedName, Statement, StatementKind } from '../../engine/statement';
import { findingsOf, type StatementFindings } from './judge/statement-findings';
import { type TreeNode, untag } from './tree/syntax-tree';
import { transactionRequest } from './tree/transaction-control';

/** A statement without its text. */
export type Understanding = Omit<Statement, 'text'>;

const ENDING = new Set<StatementKind>(['commit', 'rollback', 'prepare-transaction']);

/** Returns what one syntax tree needs. */
export function understand(tree: TreeNode, judge: Judge): Understanding {
  const [tag, node] = untag(tree);
  const found = findingsOf(tree, judge);
  const { kind } = found;
  if (tag === 'TransactionStmt') {
    return {
      ...judged(found),
      tables: [],
      functions: [],
      transaction: transactionRequest(node),
      ...(ENDING.has(kind) && { endsTransaction: true }),
    };
  }
  const transaction = kind === 'set' ? transactionRequest(node) : {};
  return Object.keys(transaction).length > 0 ? { ...judged(found), transaction } : judged(found);
}

/** Returns what a text of several statements needs: as much as the most demanding of them. */
export function understandAll(parts: readonly Understanding[]): Understanding {
  const reads = parts.every((part) => part.target === 'replica');
  const demanding = parts.findIndex((part) => part.target === 'primary');
  const found = parts[demanding];
  // A transaction that begins or ends inside a text leaves its connection in a state that only the server
  // knows.
  const controlsTransaction = parts.some((part) => part.reason === 'transaction-control');
  return {
    kind: 'multi',
    target: reads ? 'replica' : 'primary',
    reason: reads ? 'read' : 'multi-statement',
    ...(found === undefined
      ? {}
      : { detail: `statement ${demanding + 1} of ${parts.length}: ${found.detail ?? found.reason}` }),
    backendState: controlsTransaction ? 'changes' : worstBackendState(parts.map((part) => part.backendState)),
    ...(parts.some((part) => part.mayDefine) && { mayDefine: true }),
    ...(parts.some((part) => part.outlivesDiscard) && { outlivesDiscard: true }),
    tables: parts.flatMap((part) => part.tables),
    functions: parts.flatMap((part) => part.functions),
    ...(parts.some((part) => part.endsTransaction) && { endsTransaction: true }),
  };
}

function judged({ kind, facts, findings }: StatementFindings): Understanding {
  const [weightiest] = findings;
  return {
    kind,
    target: weightiest === undefined ? 'replica' : 'primary',
    reason: weightiest?.reason ?? 'read',
    ...(weightiest === undefined ? {} : { detail: weightiest.detail }),
    backendState: worstBackendState(findings.map((finding) => finding.backendState)),
    ...(findings.some((finding) => finding.mayDefine) && { mayDefine: true }),
    ...(findings.some((finding) => finding.outlivesDiscard) && { outlivesDiscard: true }),
    tables: distinct(facts.relations),
    functions: distinct(facts.functions),
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
