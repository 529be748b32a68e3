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
    const { to, maxStalenessMs: atMostMs } = hint;
    const options = { ...(atMostMs !== undefined && { maxStalenessMs: atMostMs }) };
    if (!isDecorated) return readFrom(to, work, options);
    return decorated(`from ${to} ${hint.maxStalenessMs}`, () => ReadFrom(to, options), work);
  };
  const attributes = { subject, roles, tenant, handler };
  const isKnown =
    subject !== undefined || roles !== undefined || tenant !== undefined || handler !== undefined;
  const attributed = () => (isKnown ? withRoutingAttributes(attributes, routed) : routed());
  if (level === undefined) return attributed();
  const choice = level === 'bounded' ? bounded({ maxStalenessMs: maxStalenessMs ?? 1 }) : level;
  return isDecorated
    ? decorated(`at ${level} ${maxStalenessMs}`, () => ReadConsistency(choice), attributed)
    : withReadConsistency(choice, attributed);
}

type Method = (work: () => unknown) => unknown;
type Decorator = (target: object, key: string, descriptor: TypedPropertyDescriptor<Method>) => void;

/** A method for each decorator: a class, too, is decorated once. */
const methods = new Map<string, Method>();

/** Runs `work` in the method with this decorator. */
function decorated<R>(name: string, decorator: () => Decorator, work: () => R): R {
  let method = methods.get(name);
  if (!method) {
    const descriptor: TypedPropertyDescriptor<Method> = { value: (given) => given() };
    decorator()({}, 'read', descriptor);
    methods.set(name, (method = descriptor.value as Method));
  }
  return method(work) as R;
}
