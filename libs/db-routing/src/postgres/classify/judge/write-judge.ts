import type { Catalog, CatalogRelation } from '../catalog/catalog';
import { type Finding, unproven } from './finding';
import type { QualifiedName } from '../../../engine/statement';
import type { Execution } from './statement-findings';
import { printName } from '../tree/syntax-tree';
import { isTemporarySchema } from '../tree/tree-facts';

interface RunAlongJudge {
  judgeMadeBy(sql: string, where: string): readonly Finding[];
  judgeType(name: QualifiedName, execution: Execution): readonly Finding[];
  judgeAssigning(): readonly Finding[];
  /** Names of the relations that a view shows. */
  relationsIn(sql: string): readonly QualifiedName[];
}

/**
 * Judges what runs along with writing to a relation (triggers, rules, defaults, checks, indexes, policies, domains, foreign keys that
 * follow), by what it leaves on its connection and does to definitions: a write it is anyway.
 */
export class WriteJudge {
  private readonly seen = new Set<CatalogRelation>();

  constructor(
    private readonly catalog: Catalog,
    private readonly hidden: RunAlongJudge,
  ) {}

  judge(written: readonly QualifiedName[]): readonly Finding[] {
    if (written.length === 0) return [];
    return [...written.flatMap((name) => this.judgeName(name)), ...this.hidden.judgeAssigning()].filter(
      ({ backendState, mayDefine }) => backendState === 'changes' || mayDefine === true,
    );
  }

  private judgeName(name: QualifiedName): readonly Finding[] {
    if (isTemporarySchema(name.schema)) return [];
    const relations = this.catalog.relations(name);
    if (relations.length === 0) {
      const detail = `relation ${printName(name)} is not known`;
      return [{ reason: 'unknown-relation', detail, backendState: 'changes' }];
    }
    return relations.flatMap((relation) => this.judgeRelation(relation));
  }

  private judgeRelation(relation: CatalogRelation): readonly Finding[] {
    if (this.seen.has(relation)) return [];
    this.seen.add(relation);
    const { schema, name, onWrite, writtenAlong, definition } = relation;
    const where = `writing to ${printName(relation)}`;
    // Tables of one's own are named like those of information_schema (parameters, triggers), which no definition depends on.
    if (onWrite === undefined) {
      return schema === 'pg_catalog' ? [unproven('write', `${where}, a system catalog`)] : [];
    }
    return [
      ...onWrite.flatMap((sql) => this.hidden.judgeMadeBy(sql, where)),
      ...this.hidden.judgeType({ schema, name }, 'executed'),
      ...writtenAlong.flatMap((along) => this.judgeName(along)),
      // A view hands on what is written to it.
      ...(definition === undefined ? [] : this.hidden.relationsIn(definition)).flatMap((below) =>
        this.judgeName(below),
      ),
    ];
  }
}
