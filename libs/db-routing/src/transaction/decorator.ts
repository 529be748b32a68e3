import { wrapMethod } from '../wrap-method';
import { type ManagerChoice, runInTransaction } from './current';
import type { TransactionOptions } from './options';

type AsyncMethod = (...args: never[]) => Promise<unknown>;

/**
 * Runs the method in a transaction: `@Transactional()`, `@Transactional({ propagation: 'REQUIRES_NEW' })`. In
 * an application with several pools, `@Transactional({ dataSource: 'reports' })` names one. Only for methods
 * that return a promise; a synchronous one does not compile.
 */
export function Transactional(options: TransactionOptions & Pick<ManagerChoice, 'dataSource'> = {}) {
  return function <M extends AsyncMethod>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<M>,
  ): void {
    const name = options.name ?? `${target.constructor.name}.${String(key)}`;
    wrapMethod(descriptor, (call) => runInTransaction({ ...options, name }, call as () => Promise<unknown>));
  };
}
