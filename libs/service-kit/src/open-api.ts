import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';
import { API_DOCS_PATH } from './http/request-path';
import { problemSchema } from './problems/problem-schema';
import type { ServiceDefinition } from './service-definition';

type SchemaObject = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string];

// Nest converts the schemas of bodies and answers, but not the schema of a response to all requests.
const problemJsonSchema = z.toJSONSchema(problemSchema, { target: 'openapi-3.0' }) as SchemaObject;

/** The OpenAPI UI at /docs and the document at /docs/openapi.json, generated from the handlers' schemas. */
export function serveOpenApi(app: NestFastifyApplication, { title, description }: ServiceDefinition): void {
  const config = new DocumentBuilder()
    .setTitle(title)
    .setDescription(description)
    .setVersion('1')
    .addBearerAuth()
    .addGlobalResponse({
      status: 'default',
      description: 'Every error, as problem details (RFC 9457)',
      content: { 'application/problem+json': { schema: problemJsonSchema } },
    })
    .build();
  SwaggerModule.setup(API_DOCS_PATH, app, () => SwaggerModule.createDocument(app, config), {
    jsonDocumentUrl: `${API_DOCS_PATH}/openapi.json`,
    raw: ['json'],
    customSiteTitle: title,
    swaggerOptions: { persistAuthorization: true },
  });
}
