import { applyDecorators } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import { ApiCreatedResponse, ApiOkResponse } from '@nestjs/swagger';
import { z } from 'zod';

const CREATED = 201;

/**
 * What the handler answers: for OpenAPI, and for the serialiser, which is compiled from the schema at the start and writes those fields only.
 */
export function Answers(schema: z.ZodType, { status = 200 }: { status?: 200 | 201 } = {}) {
  const jsonSchema = z.toJSONSchema(schema, { io: 'output', target: 'draft-7' });
  const describe = status === CREATED ? ApiCreatedResponse : ApiOkResponse;
  return applyDecorators(
    RouteSchema({ response: { [status]: jsonSchema } }),
    describe({ standardSchema: schema }),
  );
}
