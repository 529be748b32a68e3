import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { ServiceConfig } from '../config/service-config';
import { API_DOCS_PATH } from '../http/request-path';
import type { ServiceDefinition } from '../service-definition';
import { problemContent } from './problem-content';
import { describeSharedHeaders } from './shared-headers';

/** The OpenAPI UI at /docs and the document at /docs/openapi.json, generated from the handlers' schemas. */
export function serveOpenApi(
  app: NestFastifyApplication,
  definition: ServiceDefinition,
  { environment }: Pick<ServiceConfig, 'environment'>,
): void {
  const showsRoute = environment !== 'production';
  SwaggerModule.setup(API_DOCS_PATH, app, () => openApiDocument(app, definition, showsRoute), {
    jsonDocumentUrl: `${API_DOCS_PATH}/openapi.json`,
    raw: ['json'],
    customSiteTitle: definition.title,
    swaggerOptions: { persistAuthorization: true },
  });
}

function openApiDocument(
  app: NestFastifyApplication,
  { title, description }: ServiceDefinition,
  showsRoute: boolean,
): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle(title)
    .setDescription(description)
    .setVersion('1')
    .addBearerAuth()
    .addGlobalResponse({
      status: 'default',
      description: 'Every error, as problem details (RFC 9457)',
      content: problemContent,
    })
    .build();
  const document = SwaggerModule.createDocument(app, config);
  describeSharedHeaders(document, { showsRoute });
  return document;
}
