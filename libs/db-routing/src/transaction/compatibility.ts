import { TransactionOptionsError } from '../errors';
import type { Characteristics } from '../engine/characteristics';
import type { TransactionOptions } from './options';

/** Throws TransactionOptionsError when a scope asks for something that the open transaction is not. */
export function assertCompatible(name: string, asked: TransactionOptions, open: Characteristics): void {
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
