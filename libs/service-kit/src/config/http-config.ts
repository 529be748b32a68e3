import { z } from 'zod';
import { integerText } from '../validation/text-schemas';
import type { ServiceConfig } from './service-config';

/** What the public port offers, and to whom how often. */
export const httpOptions = {
  RATE_LIMIT_PER_MINUTE: integerText({ min: 0, max: 10_000_000, fallback: 1_000 }),
  API_DOCS: z.enum(['on', 'off']).optional(),
};

export function httpOf(
  data: z.infer<z.ZodObject<typeof httpOptions>>,
  environment: ServiceConfig['environment'],
): ServiceConfig['http'] {
  return {
    rateLimitPerMinute: data.RATE_LIMIT_PER_MINUTE === 0 ? undefined : data.RATE_LIMIT_PER_MINUTE,
    hasApiDocs: data.API_DOCS === undefined ? environment !== 'production' : data.API_DOCS === 'on',
  };
}
