import type { LogPosition, Position, PositionCodec } from '../../engine/position';
import { Lsn } from './lsn';

/** A position in the history of a PostgreSQL cluster. `systemId`: as pg_control_system() says it, a decimal number of 64 bits. */
export function walPosition(systemId: string, timeline: number, lsn: bigint): Position {
  return { systemId, timeline, log: new Lsn(lsn) };
}

/** The LSN of a position that PostgreSQL's engine made. Throws TypeError for one of another engine. */
export function lsnOf(log: LogPosition): bigint {
  if (!(log instanceof Lsn)) throw new TypeError(`not a position of PostgreSQL: ${log.toString()}`);
  return log.value;
}

/** System identifier 8, timeline 4, LSN 8 bytes, most significant first. */
const BYTES = 20;

/** Positions as bytes, for tokens and for memories of sessions. */
export const walPositions: PositionCodec = {
  bytes: BYTES,
  encode({ systemId, timeline, log }) {
    const bytes = Buffer.alloc(BYTES);
    bytes.writeBigUInt64BE(BigInt(systemId), 0);
    bytes.writeUInt32BE(timeline, 8);
    bytes.writeBigUInt64BE(lsnOf(log), 12);
    return bytes;
  },
  decode(bytes) {
    if (bytes.length !== BYTES) return undefined;
    const { buffer, byteOffset } = bytes;
    const view = new DataView(buffer, byteOffset, BYTES);
    return walPosition(view.getBigUint64(0).toString(), view.getUint32(8), view.getBigUint64(12));
  },
};
