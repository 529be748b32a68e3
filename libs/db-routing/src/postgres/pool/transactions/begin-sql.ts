import type { Characteristics } from '../../../engine/characteristics';

/**
 * The statements that begin a transaction. READ WRITE is not spelled out: on a node that has become a replica it would fail,
 * and what follows would run outside of a transaction; so the first write is refused instead.
 */
export function beginSql(characteristics: Characteristics): string[] {
  const { isolation, isIsolationOpen = false, readOnly, deferrable, durability } = characteristics;
  const modes: string[] = [];
  // A role's own default may be SERIALIZABLE, for good reason; a replica would refuse it.
  if (!isIsolationOpen || readOnly) modes.push(`ISOLATION LEVEL ${isolation}`);
  if (readOnly) modes.push('READ ONLY');
  if (deferrable) modes.push('DEFERRABLE');
  const statements = [['BEGIN', ...modes].join(' ')];
  if (durability !== undefined) statements.push(`SET LOCAL synchronous_commit = ${durability}`);
  return statements;
}
