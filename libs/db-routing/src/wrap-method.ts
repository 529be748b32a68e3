type Method = (...args: never[]) => unknown;

/** What reflect-metadata adds to `Reflect`. Only an application with other decorators has it. */
interface MetadataReflect {
  getMetadataKeys?(target: object): unknown[];
  getMetadata(key: unknown, target: object): unknown;
  defineMetadata(key: unknown, value: unknown, target: object): void;
}

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
  copyMetadata(method, wrapped);
  Object.defineProperty(wrapped, 'name', { value: method.name });
  descriptor.value = wrapped as unknown as M;
}

/** Where reflect-metadata is not loaded yet, no decorator has left anything to copy. */
function copyMetadata(from: object, to: object): void {
  const reflect = Reflect as unknown as MetadataReflect;
  for (const key of reflect.getMetadataKeys?.(from) ?? []) {
    reflect.defineMetadata(key, reflect.getMetadata(key, from), to);
  }
}
