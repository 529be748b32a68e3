import type { IncomingMessage } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import type { RoutedPool, RouteExplanation } from 'db-routing';
import { z } from 'zod';

const MAX_BODY_BYTES = 100_000;

const explainBody = z.strictObject({
  sql: z.string().min(1),
  subject: z.string().optional(),
  roles: z.array(z.string()).optional(),
  tenant: z.string().optional(),
});

/** The request cannot be explained; the message says what to send. */
export class ExplainRequestError extends Error {
  override readonly name = 'ExplainRequestError';

  constructor(
    readonly status: 400 | 413 | 415,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Explains where the statement of the body would go now, and sends nothing to any node.
 *
 * @throws ExplainRequestError for a body that is not JSON, too long, or has other fields
 */
export async function explainStatement(
  pool: RoutedPool,
  request: IncomingMessage,
): Promise<RouteExplanation> {
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    throw new ExplainRequestError(415, 'the body must be application/json');
  }
  const { sql, ...caller } = parsed(await bodyOf(request));
  return explainRoute(pool, sql, caller);
}

/**
 * As the pool's explainRoute(). A statement that crashed the parser leaves it unavailable for a moment, so
 * this waits until the parser is back.
 */
export async function explainRoute(
  pool: Pick<RoutedPool, 'explainRoute'>,
  ...statement: Parameters<RoutedPool['explainRoute']>
): Promise<RouteExplanation> {
  for (;;) {
    const explanation = pool.explainRoute(...statement);
    if (explanation.understood.reason !== 'parser-restarting') return explanation;
    await setImmediate();
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) {
      throw new ExplainRequestError(413, `the body is longer than ${MAX_BODY_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parsed(body: string): z.infer<typeof explainBody> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new ExplainRequestError(400, 'the body is not JSON; it must be like {"sql": "SELECT 1"}');
  }
  const result = explainBody.safeParse(value);
  if (result.success) return result.data;
  throw new ExplainRequestError(400, z.prettifyError(result.error));
}
