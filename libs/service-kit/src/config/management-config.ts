import { z } from 'zod';
import type { ServiceConfig } from './service-config';

/** What the management port offers besides metrics and health. */
export const managementOptions = {
  ROUTING_FEED: z.enum(['on', 'off']).optional(),
};

export function hasRoutingFeedOf(
  { ROUTING_FEED: given }: z.infer<z.ZodObject<typeof managementOptions>>,
  environment: ServiceConfig['environment'],
): boolean {
  return given === undefined ? environment !== 'production' : given === 'on';
}
