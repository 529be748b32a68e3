import { TransactionOptionsError } from '../errors';
import type { Characteristics } from '../engine/characteristics';
import type { TransactionOptions } from './options';
import type { Scope } from './scope';
import type { TransactionConnection } from './transaction-connection';

/**
 * Returns the open scope, which a scope with these options is to join or nest in. Throws
 * TransactionEndedError when the open scope has ended, and TransactionOptionsError when the options
 * contradict it.
 */
export function enterable<C extends TransactionConnection>(
  open: Scope<C> | undefined,
  options: TransactionOptions,
  name: string,
): Scope<C> {
  const scope = open as Scope<C>;
  scope.assertUsable();
  assertCompatible(name, options, scope.transaction.characteristics);
  return scope;
}

/**
 * Throws TransactionOptionsError when a scope asks for something that the open transaction does not provide.
 */
function assertCompatible(name: string, asked: TransactionOptions, open: Characteristics): void {
  const refuse = (option: string, want: unknown, has: unknown) =>
    new TransactionOptionsError(name, option, want, has, open.name);
  if (asked.isolation !== undefined && asked.isolation !== open.isolation) {
    throw refuse('isolation', asked.isolation, open.isolation);
  }
  // Reading inside a transaction that may write is harmless; the reverse is not.
  if (asked.readOnly === false && open.readOnly) throw refuse('readOnly', false, true);
  if (asked.deferrable === true && !open.deferrable) throw refuse('deferrable', true, false);
  if (asked.durability !== undefined && asked.durability !== open.durability) {
    throw refuse('durability', asked.durability, open.durability ?? "the server's default");
  }
}
