import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import * as openApi from '@nestjs/swagger';
import type { ServiceConfig } from '../config/service-config';
import { API_DOCS_PATH } from '../http/request-path';
import type { ServiceDefinition } from '../service-definition';
import { applyDeferred } from './deferred-decorators';
import { problemContent } from './problem-content';
import { describeSharedHeaders } from './shared-headers';

@Module({})
class OpenApiModule {}

/**
 * Creates an application of its own that serves the OpenAPI UI and the document of `app`, generated from the
 * schemas of its handlers. It listens nowhere.
 */
export async function createOpenApi(
  app: NestFastifyApplication,
  definition: ServiceDefinition,
  { environment }: Pick<ServiceConfig, 'environment'>,
): Promise<NestFastifyApplication> {
  applyDeferred(openApi);
  const showsRoute = environment !== 'production';
  const document = openApiDocument(app, definition, showsRoute);
  const pages = await NestFactory.create<NestFastifyApplication>(OpenApiModule, new FastifyAdapter());
  openApi.SwaggerModule.setup(API_DOCS_PATH, pages, document, {
    jsonDocumentUrl: `${API_DOCS_PATH}/openapi.json`,
    raw: ['json'],
    customSiteTitle: definition.title,
    swaggerOptions: { persistAuthorization: true },
  });
  return pages.init();
}

function openApiDocument(
  app: NestFastifyApplication,
  { title, description }: ServiceDefinition,
  showsRoute: boolean,
): openApi.OpenAPIObject {
  const config = new openApi.DocumentBuilder()
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
  const document = openApi.SwaggerModule.createDocument(app, config);
  describeSharedHeaders(document, { showsRoute });
  return document;
}
