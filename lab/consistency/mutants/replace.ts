type AnyFunction = (...args: never[]) => unknown;

/** Names of methods. */
type MethodOf<I> = { [K in keyof I]: I[K] extends AnyFunction ? K : never }[keyof I];

/** Puts another method in the place of a class's own; `make` gets what it was, and the instance, on every call. */
export function replaceMethod<I extends object, K extends MethodOf<I>>(
  owner: abstract new (...args: never[]) => I,
  name: K,
  make: (original: I[K], self: I) => I[K],
): void {
  const prototype = owner.prototype as I;
  const original = prototype[name] as AnyFunction;
  const replacement = function (this: I, ...args: never[]): unknown {
    const bound = ((...given: never[]) => original.apply(this, given)) as I[K];
    return (make(bound, this) as AnyFunction)(...args);
  };
  Object.defineProperty(prototype, name, { value: replacement, writable: true, configurable: true });
}

/** Puts other functions in the place of a module's own, for whoever requires it from now on. `file` as require.resolve gives it. */
export function replaceExports<M extends object>(module: M, file: string, others: Partial<M>): void {
  const cached = require.cache[file];
  if (cached === undefined) throw new TypeError(`${file} has not been loaded.`);
  cached.exports = { ...module, ...others };
}
