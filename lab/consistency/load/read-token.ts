import type { TokenPosition } from '../history/lines';

/** Where the payload contains the timeline and the LSN; see the library's ConsistencyTokens. */
const TIMELINE_AT = 9;
const LSN_AT = 13;
const MIN_BYTES = 21;

/**
 * Decodes a token's position without its key, only for the record. Given several tokens, returns the latest
 * position.
 */
export function readToken(header: string | undefined): TokenPosition | undefined {
  const positions = (header ?? '').split(',').flatMap((token) => {
    const bytes = Buffer.from(token.split('.')[1] ?? '', 'base64url');
    if (bytes.length < MIN_BYTES) return [];
    return [{ timeline: bytes.readUInt32BE(TIMELINE_AT), lsn: bytes.readBigUInt64BE(LSN_AT) }];
  });
  const latest = positions.sort((one, other) =>
    one.timeline === other.timeline ? compare(one.lsn, other.lsn) : one.timeline - other.timeline,
  );
  const last = latest.at(-1);
  return last && { timeline: last.timeline, lsn: String(last.lsn) };
}

function compare(one: bigint, other: bigint): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
