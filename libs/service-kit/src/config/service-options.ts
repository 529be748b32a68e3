import { z } from 'zod';
import { integerText } from '../validation/text-schemas';
import { databaseOptions } from './database-config';
import { httpOptions } from './http-config';
import { managementOptions } from './management-config';
import { sessionOptions } from './sessions-config';

// HS256 needs a key at least as long as its hash: RFC 7518, section 3.2.
const MIN_SECRET_LENGTH = 32;

/** Every option that all services read; each service adds its ports. */
export const serviceOptions = {
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  HOST: z.string().optional(),
  ...databaseOptions,
  JWT_SECRET: z.string().min(MIN_SECRET_LENGTH).optional(),
  JWKS_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  JWT_ISSUER: z.string().optional(),
  JWT_AUDIENCE: z.string().optional(),
  ...sessionOptions,
  ...httpOptions,
  ...managementOptions,
  DRAIN_DELAY_MS: integerText({ min: 0, max: 60_000, fallback: 1_000 }),
  DRAIN_TIMEOUT_MS: integerText({ min: 100, max: 600_000, fallback: 10_000 }),
};
