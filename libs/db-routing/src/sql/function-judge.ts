import type { Catalog, CatalogFunction } from './catalog';
import type { Finding } from './finding';
import { builtinEffect, extensionEffect, HARMLESS_VOLATILE } from './function-effects';
import type { FunctionEffect } from './function-effects';
import type { QualifiedName } from './statement';
import { printName } from './syntax-tree';
import { isTemporarySchema } from './tree-facts';
import type { FieldAccess, FunctionCall } from './tree-facts';

/** planned: EXPLAIN without ANALYZE, where volatile functions do not run; stable ones may, for the estimates. */
export type Execution = 'executed' | 'planned';

const OWN_SCHEMAS = new Set(['pg_catalog', 'information_schema']);

/** Judges functions by what is known of PostgreSQL's own, then by volatility; an unknown one is never a read. */
export class FunctionJudge {
  constructor(
    private readonly catalog: Catalog,
    /** 'name' in every schema, or 'schema.name'. */
    private readonly harmlessFunctions: ReadonlySet<string>,
    /** Judges SQL that runs along with a call. */
    private readonly judgeExpression: (expression: string, where: string) => readonly Finding[],
  ) {}

  judgeCall(call: FunctionCall, execution: Execution): readonly Finding[] {
    // What is made in pg_temp is found by its schema.
    if (isTemporarySchema(call.schema)) return [];
    const candidates = this.catalog.functions(call);
    if (candidates.length === 0) return this.judgeUnknown(call);
    return candidates.flatMap((candidate) => this.judgeFunction(candidate, call, execution));
  }

  /** x.name calls a function only where no column has this name, so an unknown name is a column. */
  judgeField({ name, isColumnLike }: FieldAccess, execution: Execution): readonly Finding[] {
    return this.catalog
      .functions({ name })
      .filter((candidate) => candidate.takesRow || !isColumnLike)
      .flatMap((candidate) => this.judgeFunction(candidate, candidate, execution));
  }

  judgeOperator(name: QualifiedName, execution: Execution): readonly Finding[] {
    const operators = this.catalog.operators(name);
    if (operators.length === 0) {
      return [
        { reason: 'unknown-operator', detail: `operator ${printName(name)} is not known`, session: 'none' },
      ];
    }
    return operators.flatMap((operator) =>
      this.judgeHidden(operator.calls, `operator ${printName(operator)}`, execution),
    );
  }

  /** A function that runs without standing in the text. */
  judgeHidden(name: QualifiedName, where: string, execution: Execution): readonly Finding[] {
    return this.judgeCall(name, execution).map((finding) => ({
      ...finding,
      detail: `${where}: ${finding.detail}`,
    }));
  }

  private judgeUnknown(name: QualifiedName): readonly Finding[] {
    if (this.isAllowed(name)) return [];
    const effect = extensionEffect(name.name);
    if (effect !== undefined) return [found(effect, name)];
    return [
      { reason: 'unknown-function', detail: `function ${printName(name)}() is not known`, session: 'none' },
    ];
  }

  private judgeFunction(
    candidate: CatalogFunction,
    call: FunctionCall,
    execution: Execution,
  ): readonly Finding[] {
    if (execution === 'planned' && candidate.volatility === 'volatile') return [];

    const effect = OWN_SCHEMAS.has(candidate.schema)
      ? builtinEffect(candidate.name)
      : extensionEffect(candidate.name);
    if (effect !== undefined)
      return [found(call.isLocalSetting === true ? LOCAL_SETTING : effect, candidate)];
    if (this.isAllowed(candidate) || isHarmless(candidate)) return [];
    const along = [
      ...candidate.calls.flatMap((name) =>
        this.judgeHidden(name, `aggregate ${printName(candidate)}`, execution),
      ),
      ...candidate.expressions.flatMap((text) =>
        this.judgeExpression(text, `function ${printName(candidate)}()`),
      ),
    ];
    if (candidate.volatility !== 'volatile') return along;
    const session = candidate.changesSession ? 'changes' : 'none';
    return [
      { reason: 'volatile-function', detail: `function ${printName(candidate)}() is volatile`, session },
      ...along,
    ];
  }

  private isAllowed({ schema, name }: QualifiedName): boolean {
    if (this.harmlessFunctions.has(name)) return true;
    return schema !== undefined && this.harmlessFunctions.has(`${schema}.${name}`);
  }
}

const LOCAL_SETTING: FunctionEffect = { reason: 'transaction-state', session: 'none' };

/** Only PostgreSQL's own and an extension's: a user's function of the same name may do anything. */
function isHarmless({ schema, name, isExtension }: CatalogFunction): boolean {
  return HARMLESS_VOLATILE.has(name) && (OWN_SCHEMAS.has(schema) || isExtension);
}

function found({ reason, session }: FunctionEffect, name: QualifiedName): Finding {
  return { reason, session, detail: `function ${printName(name)}()` };
}
