import { z } from 'zod';
import type { ServiceAddress } from './feeds/service-feed';

const TIMEOUT_MS = 5_000;

export const explainRequest = z.strictObject({ service: z.string(), sql: z.string().min(1).max(50_000) });

/** Asks a service where a statement would go now. @throws Error naming what the service has answered */
export async function explain(
  services: readonly ServiceAddress[],
  { service, sql }: z.infer<typeof explainRequest>,
): Promise<unknown> {
  const address = services.find(({ name }) => name === service);
  if (!address) {
    const names = services.map(({ name }) => name).join(' and ');
    throw new ExplainError(`service is "${service}"; it must be ${names}`);
  }
  const response = await fetch(`${address.managementUrl}/routing/explain`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sql }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: unknown) => {
    throw new ExplainError(`${service} does not answer`, { cause: error });
  });
  if (!response.ok) throw new ExplainError((await response.text()).trim());
  return response.json();
}

class ExplainError extends Error {
  override readonly name = 'ExplainError';
  readonly statusCode = 502;
}
