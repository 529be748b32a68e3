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
  /** Returns the names of the relations that a view reads. */
  relationsIn(sql: string): readonly QualifiedName[];
}

/**
 * Judges what runs along with writing to a relation: triggers, rules, defaults, checks, indexes, policies,
 * domains, foreign keys that follow. Only its effects on the backend session and on definitions count,
 * because the statement is a write in any case.
 */
export class WriteJudge {
  readonly #seen = new Set<CatalogRelation>();

  constructor(
    private readonly catalog: Catalog,
    private readonly hidden: RunAlongJudge,
  ) {}

  judge(written: readonly QualifiedName[]): readonly Finding[] {
    if (written.length === 0) return [];
    return [...written.flatMap((name) => this.#judgeName(name)), ...this.hidden.judgeAssigning()].filter(
      ({ backendState, mayDefine }) => backendState === 'changes' || mayDefine === true,
    );
  }

  #judgeName(name: QualifiedName): readonly Finding[] {
    if (isTemporarySchema(name.schema)) return [];
    const relations = this.catalog.relations(name);
    if (relations.length === 0) {
      const detail = `relation ${printName(name)} is not known`;
      return [{ reason: 'unknown-relation', detail, backendState: 'changes' }];
    }
    return relations.flatMap((relation) => this.#judgeRelation(relation));
  }

  #judgeRelation(relation: CatalogRelation): readonly Finding[] {
    if (this.#seen.has(relation)) return [];
    this.#seen.add(relation);
    const { schema, name, onWrite, writtenAlong, definition } = relation;
    const where = `writing to ${printName(relation)}`;
    // Users' tables may have names of information_schema (parameters, triggers), whose own tables no
    // definition depends on.
    if (onWrite === undefined) {
      return schema === 'pg_catalog' ? [unproven('write', `${where}, a system catalog`)] : [];
    }
    return [
      ...onWrite.flatMap((sql) => this.hidden.judgeMadeBy(sql, where)),
      ...this.hidden.judgeType({ schema, name }, 'executed'),
      ...writtenAlong.flatMap((along) => this.#judgeName(along)),
      // A view passes writes on to the relations below it.
      ...(definition === undefined ? [] : this.hidden.relationsIn(definition)).flatMap((below) =>
        this.#judgeName(below),
      ),
    ];
  }
}
