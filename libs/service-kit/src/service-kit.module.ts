import { DatabaseHealthIndicator } from 'db-routing/nest';
import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import { AuthGuard } from './auth/auth.guard';
import { TokenVerifier } from './auth/token-verifier';
import { ServiceLifecycle } from './boot/service-lifecycle';
import { SERVICE_CONFIG, type ServiceConfig } from './config/service-config';
import { HealthController } from './health/health.controller';
import { HealthDetailsController } from './health/health-details.controller';
import { HealthAnswers } from './health/health-answers';
import { RateLimiter } from './http/rate-limiter';
import { ManagementServer } from './management/management-server';
import { ServiceMetrics } from './metrics/service-metrics';
import { RoutingEndpoints } from './routing-feed/routing-endpoints';
import { RoutingFeed } from './routing-feed/routing-feed';
import { ProblemFilter } from './problems/problem.filter';
import { SERVICE_DEFINITION, type ServiceDefinition } from './service-definition';
import { QueryGuard } from './validation/query.guard';
import { SchemaValidationPipe } from './validation/schema-validation.pipe';

/** Auth, validation, problem details, health and metrics for a whole service. */
@Module({})
export class ServiceKitModule {
  static forRoot(definition: ServiceDefinition, config: ServiceConfig): DynamicModule {
    return {
      module: ServiceKitModule,
      global: true,
      imports: [TerminusModule],
      controllers:
        config.environment === 'production'
          ? [HealthController]
          : [HealthController, HealthDetailsController],
      providers: [
        { provide: SERVICE_CONFIG, useValue: config },
        { provide: SERVICE_DEFINITION, useValue: definition },
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_GUARD, useClass: AuthGuard },
        { provide: APP_GUARD, useClass: QueryGuard },
        { provide: APP_PIPE, useClass: SchemaValidationPipe },
        DatabaseHealthIndicator,
        HealthAnswers,
        ServiceMetrics,
        ManagementServer,
        RoutingFeed,
        RoutingEndpoints,
        RateLimiter,
        TokenVerifier,
        ServiceLifecycle,
      ],
      exports: [SERVICE_CONFIG, SERVICE_DEFINITION, ServiceLifecycle],
    };
  }
}
