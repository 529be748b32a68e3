import type { CatalogRelation } from '../catalog/catalog';
import { type Finding, unproven } from './finding';
import { FunctionJudge, type HiddenSqlJudge } from './function-judge';
import type { FunctionSource } from './function-source';
import { type Knowledge, understood } from './knowledge';
import { judgeRelation } from './relation-judge';
import type { QualifiedName } from '../../../engine/statement';
import { type Execution, findingsOf, type NameJudge } from './statement-findings';
import { printName, type TreeNode } from '../tree/syntax-tree';
import { collectFacts, isTemporarySchema, type TreeFacts } from '../tree/tree-facts';
import { WriteJudge } from './write-judge';

const BUILTIN_SAMPLING = new Set(['bernoulli', 'system', 'system_rows', 'system_time']);

const NOTHING_KNOWN = unproven(
  'unknown-definitions',
  'definitions have changed and could not be read again yet',
);

/**
 * Finds what forbids running one tree on a replica, or what its connection carries afterwards. It follows
 * views, functions and what runs along with a write through everything that these run, and looks into each of
 * them once.
 */
export class Judge implements NameJudge, HiddenSqlJudge {
  readonly #functions: FunctionJudge;
  readonly #writes: WriteJudge;
  readonly #seen = new Set<string>();

  constructor(private readonly knowledge: Knowledge) {
    this.#functions = new FunctionJudge(knowledge.catalog, knowledge.trusted, this);
    this.#writes = new WriteJudge(knowledge.catalog, this);
  }

  /**
   * Returns the findings of a tree, the weightiest first. No findings prove a read that any replica may run.
   */
  judge(facts: TreeFacts, execution: Execution = 'executed'): readonly Finding[] {
    const findings: Finding[] = [];
    if (this.knowledge.catalog.isOutdated) findings.push(NOTHING_KNOWN);
    if (execution === 'executed') {
      for (const write of facts.writes)
        findings.push({ reason: 'write', detail: write, backendState: 'none' });
      for (const lock of facts.locks)
        findings.push({ reason: 'locking', detail: lock, backendState: 'none' });
    }
    if (facts.createsTemporary) {
      findings.push({
        reason: 'temporary-table',
        detail: 'makes a temporary object',
        backendState: 'changes',
      });
    } else if (facts.usesTemporary) {
      findings.push({ reason: 'temporary-table', detail: 'names pg_temp', backendState: 'uses' });
    } else if (facts.selectsInto) findings.push(unproven('write', 'SELECT INTO makes a table'));
    findings.push(...this.#judgeNames(facts, execution));
    if (execution === 'executed') findings.push(...this.#writes.judge(facts.written));
    return findings;
  }

  /** Judges what a function or block runs. */
  judgeSource(read: () => FunctionSource | undefined, where: string): readonly Finding[] {
    const source = understood(read);
    if (source === undefined) return [unproven('unproven-function', `${where} is not understood`)];
    const findings = source.trees.flatMap((tree) => findingsOf(tree, this).findings);
    if (source.isDynamic) {
      const outlivesDiscard = this.knowledge.catalog.hasLastingEffects;
      const detail = 'it runs a text that is made at run time';
      findings.push({ ...unproven('dynamic-sql', detail), outlivesDiscard });
    }
    if (source.assigns) findings.push(...this.judgeAssigning());
    return findings.map((finding) => ({ ...finding, detail: `${where}: ${finding.detail}` }));
  }

  judgeDefinition(definition: string, where: string): readonly Finding[] {
    return this.#once(definition, () => this.judgeSource(() => this.knowledge.sourceOf(definition), where));
  }

  judgeExpression(expression: string, where: string): readonly Finding[] {
    return this.judgeSql(`SELECT ${expression}`, where);
  }

  /** Judges SQL that runs without being in the text. */
  judgeSql(sql: string, where: string): readonly Finding[] {
    return this.#judgeHidden(sql, where, (tree) => findingsOf(tree, this).findings);
  }

  judgeType(name: QualifiedName, execution: Execution): readonly Finding[] {
    const { catalog } = this.knowledge;
    const types = catalog.types(name);
    const isKnown = types.length > 0 || catalog.relations(name).length > 0;
    if (!isKnown && catalog.isComplete) {
      return [
        { reason: 'unknown-type', detail: `type ${printName(name)} is not known`, backendState: 'changes' },
      ];
    }
    const checks = types.flatMap((type) =>
      type.checks.flatMap((check) => this.judgeExpression(check, `domain ${printName(type)}`)),
    );
    const casts = catalog
      .casts(name)
      .flatMap((cast) => this.#functions.judgeHidden(cast.calls, `cast to ${printName(name)}`, execution));
    return [...checks, ...casts];
  }

  /**
   * Judges what a CREATE TRIGGER, RULE or INDEX names: a write runs it, and the object itself is not created.
   */
  judgeMadeBy(sql: string, where: string): readonly Finding[] {
    return this.#judgeHidden(sql, where, (tree) => this.judge(collectFacts(tree)));
  }

  relationsIn(sql: string): readonly QualifiedName[] {
    return (this.knowledge.treesOf(sql) ?? []).flatMap((tree) => collectFacts(tree).relations);
  }

  /** Judges the casts that run where values are stored. */
  judgeAssigning(): readonly Finding[] {
    return this.knowledge.catalog.assigningCasts.flatMap((cast) =>
      this.#functions.judgeHidden(cast.calls, `assignment cast to ${printName(cast)}`, 'executed'),
    );
  }

  /** Looks into each key once per tree. A key met again, even while it is being looked into, adds nothing. */
  #once(key: string, look: () => readonly Finding[]): readonly Finding[] {
    if (this.#seen.has(key)) return [];
    this.#seen.add(key);
    return look();
  }

  #judgeHidden(
    sql: string,
    where: string,
    judgeTree: (tree: TreeNode) => readonly Finding[],
  ): readonly Finding[] {
    return this.#once(sql, () => {
      const trees = this.knowledge.treesOf(sql);
      if (trees === undefined) return [unproven('unparseable', `${where} is not understood`)];
      return trees
        .flatMap(judgeTree)
        .map((finding) => ({ ...finding, detail: `${where}: ${finding.detail}` }));
    });
  }

  #judgeNames(facts: TreeFacts, execution: Execution): Finding[] {
    const { catalog } = this.knowledge;
    return [
      ...facts.functions.flatMap((call) => this.#functions.judgeCall(call, execution)),
      ...facts.relations.flatMap((name) => this.#judgeRelationName(name)),
      ...facts.operators.flatMap((name) => this.#functions.judgeOperator(name, execution)),
      ...facts.types.flatMap((name) => this.judgeType(name, execution)),
      ...facts.fields.flatMap((field) => this.#functions.judgeField(field, execution)),
      ...facts.samplingMethods.flatMap(judgeSampling),
      ...catalog.implicitCasts.flatMap((cast) =>
        this.#functions.judgeHidden(cast.calls, `implicit cast to ${printName(cast)}`, execution),
      ),
      ...catalog.support.flatMap((name) => this.#functions.judgeHidden(name, 'comparing', execution)),
    ];
  }

  #judgeRelationName(name: QualifiedName): readonly Finding[] {
    if (isTemporarySchema(name.schema)) return [];
    const { catalog } = this.knowledge;
    const relations = catalog.relations(name);
    if (relations.length === 0 && catalog.isComplete) {
      const detail = `relation ${printName(name)} is not known`;
      return [{ reason: 'unknown-relation', detail, backendState: 'changes' }];
    }
    return relations.flatMap((relation) => [...judgeRelation(relation), ...this.#judgeReading(relation)]);
  }

  /** Judges what a view or a policy runs when the relation is read. */
  #judgeReading(relation: CatalogRelation): readonly Finding[] {
    const where = `${relation.kind} ${printName(relation)}`;
    return [
      ...relation.conditions.flatMap((condition) => this.judgeExpression(condition, where)),
      ...(relation.definition === undefined ? [] : this.judgeSql(relation.definition, where)),
    ];
  }
}

function judgeSampling(name: QualifiedName): readonly Finding[] {
  if (BUILTIN_SAMPLING.has(name.name)) return [];
  return [unproven('unknown-function', `sampling method ${printName(name)} is not known`)];
}
