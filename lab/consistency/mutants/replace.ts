type AnyFunction = (...args: never[]) => unknown;

/** Names of methods. */
type MethodOf<I> = { [K in keyof I]: I[K] extends AnyFunction ? K : never }[keyof I];

/** Replaces a method of a class; each call passes the original method and the instance to `make`. */
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

/**
 * Replaces functions of a module for all later `require` calls. `file` is in the format of require.resolve.
 */
export function replaceExports<M extends object>(module: M, file: string, others: Partial<M>): void {
  const cached = require.cache[file];
  if (cached === undefined) throw new TypeError(`${file} has not been loaded.`);
  cached.exports = { ...module, ...others };
}
