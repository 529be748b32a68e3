import type { Characteristics } from '../../../transaction/options';

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

/** Hot standby has no SERIALIZABLE (PostgreSQL manual, "Hot Standby"); DEFERRABLE means nothing without it. */
export function mayRunOnReplica({ readOnly, isolation, deferrable }: Characteristics): boolean {
  return readOnly && isolation !== 'SERIALIZABLE' && !deferrable;
}
