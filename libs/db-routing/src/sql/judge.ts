import type { Catalog, CatalogRelation } from './catalog';
import { FunctionJudge } from './function-judge';
import type { Execution } from './function-judge';
import { judgeRelation } from './relation-judge';
import type { QualifiedName } from './statement';
import { collectFacts, isTemporarySchema } from './tree-facts';
import type { TreeFacts } from './tree-facts';
import { parse } from './parser';
import { printName } from './syntax-tree';
import type { Finding } from './finding';

const BUILTIN_SAMPLING = new Set(['bernoulli', 'system', 'system_rows', 'system_time']);

/** Says what stands against running a tree on a replica, knowing one state of the catalog. */
export class Judge {
  private readonly functions: FunctionJudge;
  private readonly viewFindings = new Map<CatalogRelation, readonly Finding[]>();

  constructor(
    private readonly catalog: Catalog,
    harmlessFunctions: ReadonlySet<string>,
  ) {
    this.functions = new FunctionJudge(catalog, harmlessFunctions, (expression, where) =>
      this.judgeHiddenQuery(`SELECT ${expression}`, where),
    );
  }

  /** Nothing found: provably a read that any replica may run. The weightiest finding stands first. */
  judge(facts: TreeFacts, execution: Execution = 'executed'): readonly Finding[] {
    const findings: Finding[] = [];
    if (execution === 'executed') {
      for (const write of facts.writes) findings.push({ reason: 'write', detail: write, session: 'none' });
      for (const lock of facts.locks) findings.push({ reason: 'locking', detail: lock, session: 'none' });
    }
    if (facts.createsTemporary) {
      findings.push({ reason: 'temporary-table', detail: 'makes a temporary object', session: 'changes' });
    } else if (facts.usesTemporary) {
      findings.push({ reason: 'temporary-table', detail: 'names pg_temp', session: 'uses' });
    }
    findings.push(...this.judgeNames(facts, execution));
    return findings;
  }

  private judgeNames(facts: TreeFacts, execution: Execution): Finding[] {
    return [
      ...facts.functions.flatMap((call) => this.functions.judgeCall(call, execution)),
      ...facts.relations.flatMap((name) => this.judgeRelationName(name)),
      ...facts.operators.flatMap((name) => this.functions.judgeOperator(name, execution)),
      ...facts.types.flatMap((name) => this.judgeType(name, execution)),
      ...facts.fields.flatMap((field) => this.functions.judgeField(field, execution)),
      ...facts.samplingMethods.flatMap(judgeSampling),
      ...this.catalog.implicitCasts.flatMap((cast) =>
        this.functions.judgeHidden(cast.calls, `implicit cast to ${printName(cast)}`, execution),
      ),
    ];
  }

  private judgeRelationName(name: QualifiedName): readonly Finding[] {
    if (isTemporarySchema(name.schema)) return [];
    const relations = this.catalog.relations(name);
    if (relations.length === 0 && this.catalog.isComplete) {
      return [
        { reason: 'unknown-relation', detail: `relation ${printName(name)} is not known`, session: 'none' },
      ];
    }
    return relations.flatMap((relation) => [
      ...judgeRelation(relation),
      ...this.judgeHiddenQueries(relation),
    ]);
  }

  /** What a view or a policy runs, whenever the relation is read. */
  private judgeHiddenQueries(relation: CatalogRelation): readonly Finding[] {
    const known = this.viewFindings.get(relation);
    if (known !== undefined) return known;
    // A rule can make a view refer to itself; it is then judged by the rest of it.
    this.viewFindings.set(relation, []);
    const queries = relation.conditions.map((condition) => `SELECT ${condition}`);
    if (relation.definition !== undefined) queries.push(relation.definition);
    const findings = queries.flatMap((query) =>
      this.judgeHiddenQuery(query, `${relation.kind} ${printName(relation)}`),
    );
    this.viewFindings.set(relation, findings);
    return findings;
  }

  private judgeHiddenQuery(query: string, where: string): readonly Finding[] {
    try {
      return parse(query)
        .flatMap((tree) => this.judge(collectFacts(tree)))
        .map((finding) => ({ ...finding, detail: `${where}: ${finding.detail}` }));
    } catch {
      return [{ reason: 'unparseable', detail: `${where} is not understood`, session: 'none' }];
    }
  }

  private judgeType(name: QualifiedName, execution: Execution): readonly Finding[] {
    const types = this.catalog.types(name);
    const isKnown = types.length > 0 || this.catalog.relations(name).length > 0;
    if (!isKnown && this.catalog.isComplete) {
      return [{ reason: 'unknown-type', detail: `type ${printName(name)} is not known`, session: 'none' }];
    }
    const checks = types.flatMap((type) =>
      type.checks.flatMap((check) => this.judgeHiddenQuery(`SELECT ${check}`, `domain ${printName(type)}`)),
    );
    const casts = this.catalog
      .casts(name)
      .flatMap((cast) => this.functions.judgeHidden(cast.calls, `cast to ${printName(name)}`, execution));
    return [...checks, ...casts];
  }
}

function judgeSampling(name: QualifiedName): readonly Finding[] {
  if (BUILTIN_SAMPLING.has(name.name)) return [];
  return [
    {
      reason: 'unknown-function',
      detail: `sampling method ${printName(name)} is not known`,
      session: 'none',
    },
  ];
}
