import type { Level } from '../../../consistency/history/lines';
import type { Asked } from './asked';
import type { KnownRule } from './catalogue';

/** Where a read must run, by the documented order of precedence: docs/routing-rules.md. */
export interface Want {
  readonly isDenied: boolean;
  /** `primary`, `replica` or a group; undefined: wherever reads run. */
  readonly to: string | undefined;
  /** The word that tells why. */
  readonly reason: string;
  readonly level: Level;
  /** The bound that holds for the node that serves it. */
  readonly maxStalenessMs: number | undefined;
  /** The bound that the level promises. */
  readonly boundMs: number | undefined;
  readonly weights: Readonly<Record<string, number>> | undefined;
  readonly timeoutMs: number | undefined;
}

const LEVELS: readonly Level[] = ['strong', 'session', 'bounded', 'eventual'];

/** `ofService`: the level of reads for which neither the code nor a rule sets one. */
export function wanted(asked: Asked, rules: readonly KnownRule[], ofService: Level | undefined): Want {
  const { rule, label } = firstMatch(asked, rules);
  const hint = asked.read.hint !== undefined ? { to: asked.read.hint } : asked.hint;
  const isStrong = rule?.consistency === 'strong';
  const to = hint?.to ?? (isStrong ? 'primary' : (rule?.role ?? rule?.group));
  const byRule = leastOf(
    asked.read.hint === undefined ? asked.hint?.maxStalenessMs : undefined,
    rule?.maxStalenessMs,
  );
  const askedLevel = asked.level ?? ofService;
  const own: Level =
    byRule !== undefined ? 'bounded' : rule?.consistency === 'eventual' ? 'eventual' : 'session';
  const isOpen = byRule === undefined && rule?.consistency === undefined;
  const level = to === 'primary' ? 'strong' : isOpen ? (askedLevel ?? own) : stricter(own, askedLevel ?? own);
  const askedMs = askedLevel === 'bounded' ? asked.maxStalenessMs : undefined;
  const base = to === undefined ? (asked.transaction === undefined ? 'read' : 'transaction') : undefined;
  const isAskedStrong = to !== 'primary' && level === 'strong';
  return {
    isDenied: rule?.deny === true,
    to: isAskedStrong ? 'primary' : to,
    reason: isAskedStrong ? 'strong' : (base ?? (hint ? 'hint' : `rule-${label}`)),
    level,
    maxStalenessMs: to === 'primary' || isAskedStrong ? undefined : leastOf(byRule, askedMs),
    boundMs: level === 'bounded' ? leastOf(byRule, askedMs) : undefined,
    weights: to === 'primary' ? undefined : rule?.weights,
    timeoutMs: rule?.timeoutMs,
  };
}

function firstMatch(asked: Asked, rules: readonly KnownRule[]) {
  const index = rules.findIndex(
    ({ rule, matches, asksStatement }) =>
      rule.shadow !== true && !(asked.transaction !== undefined && asksStatement === true) && matches(asked),
  );
  const rule = rules[index]?.rule;
  return { rule, label: rule?.name ?? String(index) };
}

function stricter(one: Level, other: Level): Level {
  return LEVELS.indexOf(one) <= LEVELS.indexOf(other) ? one : other;
}

function leastOf(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}
