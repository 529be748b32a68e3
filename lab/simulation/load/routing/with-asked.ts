import { bounded, onPrimary, readFrom, withReadConsistency, withRoutingAttributes } from 'db-routing';
import type { Asked } from './asked';

/** Runs `work` as code that asks like this. */
export function withAsked<R>(
  { subject, roles, tenant, handler, hint, level, maxStalenessMs }: Asked,
  work: () => R,
): R {
  const routed = () => {
    if (!hint) return work();
    if (hint.to === 'primary') return onPrimary(work);
    const { to, ...options } = hint;
    return readFrom(to, work, options);
  };
  const attributes = { subject, roles, tenant, handler };
  const isKnown = Object.values(attributes).some((value) => value !== undefined);
  const attributed = () => (isKnown ? withRoutingAttributes(attributes, routed) : routed());
  if (level === undefined) return attributed();
  return withReadConsistency(
    level === 'bounded' ? bounded({ maxStalenessMs: maxStalenessMs ?? 1 }) : level,
    attributed,
  );
}
