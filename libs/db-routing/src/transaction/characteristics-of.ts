import type { Characteristics, IsolationLevel } from '../engine/characteristics';
import type { TransactionOptions } from './options';

/** Returns what the options of a scope ask the transaction to begin with. `name` is for errors and logs. */
export function characteristicsOf(
  options: TransactionOptions,
  name: string,
  defaultIsolation: IsolationLevel | undefined,
): Characteristics {
  const isolation = options.isolation ?? defaultIsolation;
  const readOnly = options.readOnly ?? false;
  return {
    name,
    isolation: isolation ?? 'READ COMMITTED',
    isIsolationOpen: isolation === undefined,
    readOnly,
    deferrable: options.deferrable ?? false,
    durability: options.durability,
    issuesToken: !readOnly && options.issuesToken !== false,
  };
}
