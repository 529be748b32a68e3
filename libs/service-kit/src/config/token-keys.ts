import { hkdfSync } from 'node:crypto';
import type { TokenKey } from 'db-routing';
import { z } from 'zod';

const MIN_SECRET_LENGTH = 32;

/** `id:secret,id:secret`: the first key signs; all keys verify. */
export function tokenKeysText() {
  return z
    .string()
    .transform((text, context): readonly TokenKey[] => {
      const keys = text.split(',').map((pair) => {
        const [, id = '', secret = ''] = /^([^:]*):(.*)$/s.exec(pair.trim()) ?? [];
        return { id, secret };
      });
      const isRight = ({ id, secret }: TokenKey) =>
        /^[\w-]{1,16}$/.test(id) && secret.length >= MIN_SECRET_LENGTH;
      if (keys.every(isRight) && new Set(keys.map(({ id }) => id)).size === keys.length) return keys;
      context.issues.push({
        code: 'custom',
        message: `must be id:secret, or several with commas between: ids of 1 to 16 letters, digits, - or _, each once, secrets of at least ${MIN_SECRET_LENGTH} characters`,
        input: '***',
      });
      return z.NEVER;
    })
    .optional();
}

/**
 * Services that share the secret of their bearer tokens need no second one: this key is derived from it (RFC
 * 5869).
 */
export function derivedTokenKey(secret: string): TokenKey {
  const bytes = Buffer.from(hkdfSync('sha256', secret, '', 'consistency-token', 32));
  return { id: 'derived', secret: bytes.toString('hex') };
}
