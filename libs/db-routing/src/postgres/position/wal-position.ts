import { type ConsistencyTokensOptions, PositionTokens } from '../../consistency/consistency-token';
import type { LogPosition, Position, PositionCodec } from '../../engine/position';
import { Lsn } from './lsn';

/**
 * A position in a PostgreSQL cluster's history. `systemId` is that of pg_control_system(), a decimal of 64
 * bits.
 */
export function walPosition(systemId: string, timeline: number, lsn: bigint): Position {
  return { systemId, timeline, log: new Lsn(lsn) };
}

/** The LSN in a position. Throws TypeError when another engine made the position. */
export function lsnOf(log: LogPosition): bigint {
  if (!(log instanceof Lsn)) throw new TypeError(`not a PostgreSQL position: ${log.toString()}`);
  return log.value;
}

/** System identifier (8 bytes), timeline (4) and LSN (8), each with its most significant byte first. */
const BYTES = 20;

/** Encodes positions for tokens and session memories. */
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

/** Signs the positions of sessions on PostgreSQL, and verifies the signatures. */
export class ConsistencyTokens extends PositionTokens {
  /** Throws ConfigurationError when a key, or the list of keys, is invalid. */
  constructor(options: ConsistencyTokensOptions) {
    super(options, walPositions);
  }
}
