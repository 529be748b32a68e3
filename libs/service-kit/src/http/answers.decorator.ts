import { applyDecorators } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { ApiResponseNoStatusOptions } from '@nestjs/swagger';
import { z } from 'zod';
import { ApiCreatedResponse, ApiOkResponse } from '../open-api/deferred-decorators';

const CREATED = 201;

/**
 * Declares the handler's response, for OpenAPI and for the serialiser, which is compiled from the schema at
 * start and writes only those fields.
 */
export function Answers(
  schema: z.ZodType,
  {
    status = 200,
    headers = {},
  }: { status?: 200 | 201; headers?: ApiResponseNoStatusOptions['headers'] } = {},
) {
  const jsonSchema = z.toJSONSchema(schema, { io: 'output', target: 'draft-7' });
  const describe = status === CREATED ? ApiCreatedResponse : ApiOkResponse;
  return applyDecorators(
    RouteSchema({ response: { [status]: jsonSchema } }),
    describe({ standardSchema: schema, headers }),
  );
}
