import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { ServiceDefinition } from './service-definition';

/** The OpenAPI UI at /docs and the document at /docs/openapi.json, made from the handlers' own schemas. */
export function serveOpenApi(app: NestFastifyApplication, { title, description }: ServiceDefinition): void {
  const description_ = new DocumentBuilder()
    .setTitle(title)
    .setDescription(description)
    .setVersion('1')
    .addBearerAuth()
    .addSecurityRequirements('bearer')
    .build();
  SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, description_), {
    jsonDocumentUrl: 'docs/openapi.json',
    raw: ['json'],
    customSiteTitle: title,
    swaggerOptions: { persistAuthorization: true },
  });
}
