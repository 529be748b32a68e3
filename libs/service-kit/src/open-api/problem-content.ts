import type { OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { problemSchema } from '../problems/problem-schema';

type SchemaObject = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string];

// Nest converts the schemas of bodies and answers, but not the schema of a response to all requests.
const schema = z.toJSONSchema(problemSchema, { target: 'openapi-3.0' }) as SchemaObject;

/** The content of every error, for OpenAPI. */
export const problemContent = { 'application/problem+json': { schema } };
