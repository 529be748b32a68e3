import { z } from 'zod';
import { integerText } from '../validation/text-schemas';
import type { Environment } from './environment-files';
import { DEVELOPMENT_JWT_SECRET, type ServiceConfig } from './service-config';
import { derivedTokenKey, tokenKeysText } from './token-keys';

/** How a customer's session is carried from one request to the next. */
export const sessionOptions = {
  CONSISTENCY_TOKEN_KEYS: tokenKeysText(),
  CONSISTENCY_INVALID_TOKEN: z.enum(['refuse', 'ignore']).default('refuse'),
  CONSISTENCY_COOKIE: z.enum(['on', 'off']).default('off'),
  CONSISTENCY_MEMORY: z.enum(['off', 'process']).default('off'),
  CONSISTENCY_MEMORY_SUBJECTS: integerText({ min: 1, max: 10_000_000, fallback: 100_000 }),
  CONSISTENCY_MEMORY_LIFETIME_MS: integerText({ min: 1_000, max: 86_400_000, fallback: 600_000 }),
};

export function sessionsOf(
  data: z.infer<z.ZodObject<typeof sessionOptions>>,
  jwtSecret: string = DEVELOPMENT_JWT_SECRET,
): ServiceConfig['sessions'] {
  return {
    tokenKeys: data.CONSISTENCY_TOKEN_KEYS ?? [derivedTokenKey(jwtSecret)],
    onInvalidToken: data.CONSISTENCY_INVALID_TOKEN,
    hasCookie: data.CONSISTENCY_COOKIE === 'on',
    memory:
      data.CONSISTENCY_MEMORY === 'off'
        ? undefined
        : {
            maxSubjects: data.CONSISTENCY_MEMORY_SUBJECTS,
            lifetimeMs: data.CONSISTENCY_MEMORY_LIFETIME_MS,
          },
  };
}

/** Checks options that are valid individually and cannot work together. */
export function sessionContradictions(given: Environment): string[] {
  const problems: string[] = [];
  if (
    given.NODE_ENV === 'production' &&
    given.JWKS_URL !== undefined &&
    given.CONSISTENCY_TOKEN_KEYS === undefined
  ) {
    problems.push(
      'CONSISTENCY_TOKEN_KEYS is not set: with JWKS_URL there is no shared secret to derive a key from, so name one, as in k1:a-secret-of-at-least-32-characters',
    );
  }
  if ((given.CONSISTENCY_MEMORY ?? 'off') === 'off') {
    for (const name of ['CONSISTENCY_MEMORY_SUBJECTS', 'CONSISTENCY_MEMORY_LIFETIME_MS']) {
      if (given[name] !== undefined) {
        problems.push(`${name} is "${given[name]}": CONSISTENCY_MEMORY must be process then, it is off`);
      }
    }
  }
  return problems;
}
