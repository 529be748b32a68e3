import type { Characteristics } from '../../../engine/characteristics';

/**
 * The statements that begin a transaction. They leave out READ WRITE: on a node that has become a replica,
 * that BEGIN would fail and the statements behind it would run outside of a transaction. Without it, the
 * server refuses the first write.
 */
export function beginSql(characteristics: Characteristics): string[] {
  const { isolation, isIsolationOpen = false, readOnly, deferrable, durability } = characteristics;
  const modes: string[] = [];
  // An open isolation level leaves the role's default in force, which may be SERIALIZABLE. A replica would
  // refuse that, so a read-only transaction always names its level.
  if (!isIsolationOpen || readOnly) modes.push(`ISOLATION LEVEL ${isolation}`);
  if (readOnly) modes.push('READ ONLY');
  if (deferrable) modes.push('DEFERRABLE');
  const statements = [['BEGIN', ...modes].join(' ')];
  if (durability !== undefined) statements.push(`SET LOCAL synchronous_commit = ${durability}`);
  return statements;
}
