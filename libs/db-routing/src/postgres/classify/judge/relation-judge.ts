import type { CatalogRelation } from '../catalog/catalog';
import type { Finding } from './finding';
import { printName } from '../tree/syntax-tree';

/**
 * Returns what keeps a read of the relation from a replica, apart from what its query or its policies run.
 */
export function judgeRelation(relation: CatalogRelation): readonly Finding[] {
  const name = printName(relation);
  const findings: Finding[] = [];
  if (relation.isUnlogged) {
    findings.push({
      reason: 'unlogged-table',
      detail: `${name} is or holds an unlogged table`,
      backendState: 'none',
    });
  }
  if (relation.kind === 'sequence') {
    findings.push({
      reason: 'sequence',
      detail: `${name} is a sequence, and a replica is ahead of the primary in it`,
      backendState: 'none',
    });
  }
  if (relation.kind === 'foreign-table' || relation.hasForeignPart) {
    findings.push({
      reason: 'foreign-table',
      detail: `${name} is or holds a foreign table, and what reading does there is not known`,
      backendState: 'none',
    });
  }
  return findings;
}
