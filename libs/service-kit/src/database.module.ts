import { InProcessSessionMemory, type RoutingAttributes } from 'db-routing';
import { DbRoutingModule } from 'db-routing/nest';
import { RoutedTypeOrmModule } from 'db-routing/nest-typeorm';
import type { RoutedDataSourceOptions } from 'db-routing/typeorm';
import { type DynamicModule, type ExecutionContext, Module } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { SERVICE_CONFIG, type ServiceConfig } from './config/service-config';
import { SERVICE_DEFINITION, type ServiceDefinition } from './service-definition';

/**
 * TypeORM on the routed pool, for a whole service. This is all that an application needs to have its
 * statements routed: nothing else in a service knows how many database servers there are.
 */
@Module({})
export class DatabaseModule {
  static forEntities(entities: RoutedDataSourceOptions['entities']): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [
        DbRoutingModule.forRootAsync({
          // The kit's guards, which know the caller, come first.
          admission: 'guard',
          inject: [SERVICE_CONFIG, SERVICE_DEFINITION],
          useFactory: ({ database, environment, sessions }: ServiceConfig, { name }: ServiceDefinition) => ({
            ...database,
            attributesOf,
            applicationName: name,
            sessions: {
              tokens: { keys: sessions.tokenKeys },
              onInvalidToken: sessions.onInvalidToken,
              cookie: sessions.hasCookie ? { isSecure: environment === 'production' } : undefined,
              memory: sessions.memory && new InProcessSessionMemory(sessions.memory),
            },
            exposeRoute: environment !== 'production',
          }),
        }),
        RoutedTypeOrmModule.forRoot({ entities }),
      ],
    };
  }
}

/** What routing rules can match: the caller, which the guard has stored on the request. */
function attributesOf(context: ExecutionContext): RoutingAttributes {
  if (context.getType() !== 'http') return {};
  return context.switchToHttp().getRequest<FastifyRequest>().caller ?? {};
}
