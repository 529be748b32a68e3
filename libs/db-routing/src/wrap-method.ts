import 'reflect-metadata';

type Method = (...args: never[]) => unknown;

/**
 * Replaces a decorated method with one that calls it through `around`. Other decorators keep their metadata
 * on the function itself (in Nest: routes, guards, parameters), so the new function takes over the metadata
 * and the name.
 */
export function wrapMethod<M extends Method>(
  descriptor: TypedPropertyDescriptor<M>,
  around: (call: () => unknown) => unknown,
): void {
  const method = descriptor.value as unknown as (...args: unknown[]) => unknown;
  const wrapped = function (this: unknown, ...args: unknown[]): unknown {
    return around(() => method.apply(this, args));
  };
  for (const metadataKey of Reflect.getMetadataKeys(method) as unknown[]) {
    Reflect.defineMetadata(metadataKey, Reflect.getMetadata(metadataKey, method), wrapped);
  }
  Object.defineProperty(wrapped, 'name', { value: method.name });
  descriptor.value = wrapped as unknown as M;
}
