/**
 * A WAL position as PostgreSQL's pg_lsn. Kept as bigint: positions go past 2^53 on long-lived clusters.
 * Comparable only within one system identifier and one timeline (see Position).
 */
export type Lsn = bigint;

/** Parses `16/B374D848`. Throws RangeError on anything else. */
export function parseLsn(text: string): Lsn {
  const match = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(text);
  if (match?.[1] === undefined || match[2] === undefined)
    throw new RangeError(`not a WAL position: '${text}'`);
  return (BigInt(`0x${match[1]}`) << 32n) | BigInt(`0x${match[2]}`);
}

export function formatLsn(lsn: Lsn): string {
  return `${(lsn >> 32n).toString(16)}/${(lsn & 0xffffffffn).toString(16)}`.toUpperCase();
}
