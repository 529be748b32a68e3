import {
  bounded,
  onPrimary,
  ReadConsistency,
  ReadFrom,
  readFrom,
  withReadConsistency,
  withRoutingAttributes,
} from 'db-routing';
import type { Asked } from './asked';

/** Runs `work` as code that asks like this. */
export function withAsked<R>(
  { subject, roles, tenant, handler, hint, level, maxStalenessMs }: Asked,
  work: () => R,
): R {
  // Handlers ask by decorators, other code by functions.
  const isDecorated = handler !== undefined;
  const routed = () => {
    if (!hint) return work();
    if (hint.to === 'primary') return onPrimary(work);
    const { to, ...options } = hint;
    return isDecorated ? decorated(ReadFrom(to, options), work) : readFrom(to, work, options);
  };
  const attributes = { subject, roles, tenant, handler };
  const isKnown = Object.values(attributes).some((value) => value !== undefined);
  const attributed = () => (isKnown ? withRoutingAttributes(attributes, routed) : routed());
  if (level === undefined) return attributed();
  const choice = level === 'bounded' ? bounded({ maxStalenessMs: maxStalenessMs ?? 1 }) : level;
  return isDecorated
    ? decorated(ReadConsistency(choice), attributed)
    : withReadConsistency(choice, attributed);
}

type Decorator = <M extends () => unknown>(
  target: object,
  key: string,
  descriptor: TypedPropertyDescriptor<M>,
) => void;

/** Runs `work` as a method with this decorator. */
function decorated<R>(decorate: Decorator, work: () => R): R {
  const descriptor: TypedPropertyDescriptor<() => R> = { value: work };
  decorate({}, 'read', descriptor);
  return (descriptor.value as () => R)();
}
