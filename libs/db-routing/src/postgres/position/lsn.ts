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

/** Parses `16/B374D848`. Throws RangeError when the text is not a WAL position. */
export function parseLsn(text: string): Lsn {
  const match = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(text);
  if (match?.[1] === undefined || match[2] === undefined)
    throw new RangeError(`not a WAL position: '${text}'`);
  return new Lsn((BigInt(`0x${match[1]}`) << 32n) | BigInt(`0x${match[2]}`));
}
