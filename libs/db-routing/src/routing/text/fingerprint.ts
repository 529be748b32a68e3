import { createHash } from 'node:crypto';

const LENGTH = 16;

/**
 * The fingerprint of a text: a hash of the skeleton that scanText() leaves. Equal for texts that differ only
 * in constants, comments, spaces and the case of words. Not the fingerprint of pg_stat_statements, which
 * depends on object ids.
 */
export function fingerprintOf(skeleton: string): string {
  return createHash('sha256').update(skeleton).digest('hex').slice(0, LENGTH);
}
