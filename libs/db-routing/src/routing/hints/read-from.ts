import { hintFor, type ReadFromOptions, withHint } from './ambient-hint';

type Method = (...args: never[]) => unknown;

/**
 * The method's reads come from a group of replicas: `@ReadFrom('reporting')`,
 * `@ReadFrom('reporting', { maxStalenessMs: 60_000 })`. See readFrom(). Throws ConfigurationError when the class is defined.
 */
export function ReadFrom(group: string, options: ReadFromOptions = {}) {
  const hint = hintFor(group, options);
  return function <M extends Method>(
    _target: object,
    _key: string | symbol,
    descriptor: TypedPropertyDescriptor<M>,
  ): void {
    const method = descriptor.value as unknown as (...args: unknown[]) => unknown;
    const wrapped = function (this: unknown, ...args: unknown[]): unknown {
      return withHint(hint, () => method.apply(this, args));
    };
    // Other decorators keep their metadata on the function itself (Nest: routes, guards, parameters).
    for (const metadataKey of Reflect.getMetadataKeys(method) as unknown[]) {
      Reflect.defineMetadata(metadataKey, Reflect.getMetadata(metadataKey, method), wrapped);
    }
    Object.defineProperty(wrapped, 'name', { value: method.name });
    descriptor.value = wrapped as unknown as M;
  };
}
