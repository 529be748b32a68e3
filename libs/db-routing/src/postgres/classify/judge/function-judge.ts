import type { Catalog, CatalogFunction, FunctionBody } from '../catalog/catalog';
import { type Finding, unproven } from './finding';
import {
  builtinEffect,
  extensionEffect,
  type FunctionEffect,
  HARMLESS_VOLATILE,
} from '../catalog/function-effects';
import type { QualifiedName } from '../../../engine/statement';
import type { Execution } from './statement-findings';
import { printName } from '../tree/syntax-tree';
import { type FieldAccess, type FunctionCall, isTemporarySchema } from '../tree/tree-facts';
import type { TrustedFunctions } from './trusted-functions';

/** Judges SQL that is not in the statement's own text. */
export interface HiddenSqlJudge {
  /** Judges an expression that runs along with a call. */
  judgeExpression(expression: string, where: string): readonly Finding[];
  /** Judges a CREATE FUNCTION in sql or plpgsql. */
  judgeDefinition(definition: string, where: string): readonly Finding[];
}

/**
 * Judges functions: PostgreSQL's own by their known effects, users' own by their source. Without a source, a
 * function is not proven harmless; its label (IMMUTABLE, STABLE) is only its author's claim.
 */
export class FunctionJudge {
  constructor(
    private readonly catalog: Catalog,
    private readonly trusted: TrustedFunctions,
    private readonly hidden: HiddenSqlJudge,
  ) {}

  judgeCall(call: FunctionCall, execution: Execution): readonly Finding[] {
    // Objects in pg_temp are found by their schema.
    if (isTemporarySchema(call.schema)) return [];
    const candidates = this.catalog.functions(call);
    if (candidates.length === 0) return this.#judgeUnknown(call);
    return candidates.flatMap((candidate) => this.#judgeFunction(candidate, call, execution));
  }

  /** x.name calls a function only where no column has this name, so an unknown name is a column. */
  judgeField({ name, isColumnLike }: FieldAccess, execution: Execution): readonly Finding[] {
    return this.catalog
      .functions({ name })
      .filter((candidate) => candidate.takesRow || !isColumnLike)
      .flatMap((candidate) => this.#judgeFunction(candidate, candidate, execution));
  }

  judgeOperator(name: QualifiedName, execution: Execution): readonly Finding[] {
    const operators = this.catalog.operators(name);
    if (operators.length === 0) {
      return [unproven('unknown-operator', `operator ${printName(name)} is not known`)];
    }
    return operators.flatMap((operator) =>
      this.judgeHidden(operator.calls, `operator ${printName(operator)}`, execution),
    );
  }

  /** Judges a function that runs without being named in the text. */
  judgeHidden(name: QualifiedName, where: string, execution: Execution): readonly Finding[] {
    return this.judgeCall(name, execution).map((finding) => ({
      ...finding,
      detail: `${where}: ${finding.detail}`,
    }));
  }

  #judgeUnknown(name: QualifiedName): readonly Finding[] {
    const finding = unproven('unknown-function', `function ${printName(name)}() is not known`);
    // Its label is unknown too, so it may write.
    return [this.trusted.has(name) ? { ...finding, backendState: 'none', mayDefine: false } : finding];
  }

  #judgeFunction(candidate: CatalogFunction, call: FunctionCall, execution: Execution): readonly Finding[] {
    if (execution === 'planned' && candidate.volatility === 'volatile') return [];
    if (candidate.bodies === undefined) return judgeBuiltin(candidate, call);
    const isTrusted = this.trusted.has(candidate);
    const found: Finding[] = [];
    if (candidate.volatility === 'volatile' && !isHarmlessOfExtension(candidate)) {
      const detail = `function ${printName(candidate)}() is volatile`;
      found.push({ reason: 'volatile-function', detail, backendState: 'none' });
    }
    if (isTrusted || isHarmlessOfExtension(candidate)) return found;
    return [
      ...found,
      ...candidate.calls.flatMap((name) =>
        this.judgeHidden(name, `aggregate ${printName(candidate)}`, execution),
      ),
      ...candidate.expressions.flatMap((text) =>
        this.hidden.judgeExpression(text, `function ${printName(candidate)}()`),
      ),
      ...candidate.bodies.flatMap((body) => this.#judgeBody(body, candidate)),
    ];
  }

  #judgeBody(body: FunctionBody, candidate: CatalogFunction): readonly Finding[] {
    const { language, isExtension, isVolatile, definition } = body;
    const where = `function ${printName(candidate)}()`;
    if (definition !== undefined) return this.hidden.judgeDefinition(definition, where);
    if (!isExtension) {
      const detail = `${where} is of the language ${language}, which proves nothing`;
      return [{ ...unproven('unproven-function', detail), outlivesDiscard: true }];
    }
    // The author of an extension labels its C functions, and a superuser, or its being trusted, let it in.
    const effect = extensionEffect(candidate.name);
    if (effect !== undefined) return [found(effect, candidate)];
    return isVolatile ? [unproven('volatile-function', `${where} is volatile, and of an extension`)] : [];
  }
}

function judgeBuiltin(candidate: CatalogFunction, call: FunctionCall): readonly Finding[] {
  const effect = builtinEffect(candidate.name);
  if (effect !== undefined) return [found(call.isLocalSetting === true ? LOCAL_SETTING : effect, candidate)];
  if (candidate.volatility !== 'volatile' || HARMLESS_VOLATILE.has(candidate.name)) return [];
  const detail = `function ${printName(candidate)}() is volatile`;
  return [{ reason: 'volatile-function', detail, backendState: 'none' }];
}

const LOCAL_SETTING: FunctionEffect = { reason: 'transaction-state', backendState: 'none' };

/** A user's function with the same name may do anything. */
function isHarmlessOfExtension({ name, isExtension }: CatalogFunction): boolean {
  return isExtension && HARMLESS_VOLATILE.has(name);
}

function found(effect: FunctionEffect, name: QualifiedName): Finding {
  return { ...effect, detail: `function ${printName(name)}()` };
}
