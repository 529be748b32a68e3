import type { LogPosition } from '../../engine/position';

/** A WAL position, PostgreSQL's pg_lsn. A bigint, because long-lived clusters reach positions beyond 2^53. */
export class Lsn implements LogPosition {
  constructor(readonly value: bigint) {}

  has(other: Lsn): boolean {
    return this.value >= other.value;
  }

  /** In bytes of WAL. */
  distanceTo(other: Lsn): number {
    return other.value > this.value ? Number(other.value - this.value) : 0;
  }

  toString(): string {
    return `${(this.value >> 32n).toString(16)}/${(this.value & 0xffffffffn).toString(16)}`.toUpperCase();
  }

  /** `<` and `>` would compare texts, which have no order: they throw TypeError instead. */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === 'string') return this.toString();
    throw new TypeError('positions are compared by has()');
  }

  toJSON(): string {
    return this.toString();
  }
}

/** The header of a page of the log, and the usual size of a page (`wal_block_size`). */
const PAGE_HEADER_BYTES = 24n;
const PAGE_BYTES = 8192n;

/**
 * Until where the log has commits, if it is flushed to `flushed` and written to `inserted`. When a record has
 * filled a page, the insert position is behind the header of the next page, and no replica reports that
 * before it replays a record there. So close behind a page's end there is no commit: it is longer than a
 * header. The longer header of a segment's first page cannot be told from the end of a record: there, reads
 * go to the primary until the next record.
 */
export function committedLsn(flushed: Lsn, inserted: Lsn): Lsn {
  const isHeader = inserted.value - flushed.value === PAGE_HEADER_BYTES && flushed.value % PAGE_BYTES === 0n;
  return isHeader ? flushed : inserted;
}

/** Parses `16/B374D848`. Throws RangeError when the text is not a WAL position. */
export function parseLsn(text: string): Lsn {
  const match = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(text);
  if (match?.[1] === undefined || match[2] === undefined)
    throw new RangeError(`not a WAL position: '${text}'`);
  return new Lsn((BigInt(`0x${match[1]}`) << 32n) | BigInt(`0x${match[2]}`));
}
