import { runInTransaction } from './current';
import type { TransactionOptions } from './options';

type AsyncMethod = (...args: never[]) => Promise<unknown>;

/**
 * Runs the method in a transaction: `@Transactional()`, `@Transactional({ propagation: 'REQUIRES_NEW' })`. Only for methods that
 * return a promise; a synchronous one does not compile.
 */
export function Transactional(options: TransactionOptions = {}) {
  return function <M extends AsyncMethod>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<M>,
  ): void {
    const method = descriptor.value as unknown as (...args: unknown[]) => Promise<unknown>;
    const name = options.name ?? `${target.constructor.name}.${String(key)}`;
    const wrapped = function (this: unknown, ...args: unknown[]): Promise<unknown> {
      return runInTransaction({ ...options, name }, () => method.apply(this, args));
    };
    // Other decorators keep their metadata on the function itself (Nest: routes, guards, parameters).
    for (const metadataKey of Reflect.getMetadataKeys(method) as unknown[]) {
      Reflect.defineMetadata(metadataKey, Reflect.getMetadata(metadataKey, method), wrapped);
    }
    Object.defineProperty(wrapped, 'name', { value: method.name });
    descriptor.value = wrapped as unknown as M;
  };
}
