import { createHash } from 'node:crypto';

const LENGTH = 16;

/**
 * Equal for texts that differ in nothing but constants, comments, spaces and the case of words: the hash of the
 * skeleton that scanText() leaves. Not the fingerprint of pg_stat_statements, which depends on object ids.
 */
export function fingerprintOf(skeleton: string): string {
  return createHash('sha256').update(skeleton).digest('hex').slice(0, LENGTH);
}
