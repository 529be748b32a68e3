import { ApiOkResponse } from '../open-api/deferred-decorators';
import { z } from 'zod';

/**
 * Declares the handler's response, a stream of server-sent events, for OpenAPI: a sequence of them, each with
 * its `data` as JSON.
 */
export function AnswersEvents(type: string, data: z.ZodType) {
  const event = z.object({ event: z.literal(type), id: z.string(), data });
  const { $schema: _, ...schema } = z.toJSONSchema(z.array(event), { io: 'output', target: 'openapi-3.0' });
  return ApiOkResponse({ content: { 'text/event-stream': { schema: schema as object } } });
}
