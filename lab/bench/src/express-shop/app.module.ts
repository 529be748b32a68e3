import { shopEntities } from '@app/shop-database';
import { Controller, type DynamicModule, Get, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { JwtGuard, Public } from './jwt.guard';
import { ShopController } from './shop.controller';
import { services } from './services';

export interface ShopSettings {
  readonly primaryUrl: string;
  readonly replicaUrls: readonly string[];
  readonly poolSize: number;
  readonly jwtSecret: string;
}

@Controller('health')
class HealthController {
  @Public()
  @Get('ready')
  ready(): object {
    return { status: 'ok' };
  }
}

@Module({})
export class AppModule {
  static with({ primaryUrl, replicaUrls, poolSize, jwtSecret }: ShopSettings): DynamicModule {
    return {
      module: AppModule,
      imports: [
        TypeOrmModule.forRoot({
          type: 'postgres',
          replication: { master: { url: primaryUrl }, slaves: replicaUrls.map((url) => ({ url })) },
          poolSize,
          installExtensions: false,
          entities: shopEntities,
        }),
        TypeOrmModule.forFeature(shopEntities),
      ],
      controllers: [HealthController, ShopController],
      providers: [
        services.ProductQueries,
        services.HistoryQueries,
        services.OrderQueries,
        services.PlaceOrder,
        services.IdempotencyKeys,
        // One instance has no others to tell.
        { provide: services.CustomerAnnouncer, useValue: { announceAfterCommit: () => undefined } },
        { provide: APP_GUARD, useValue: new JwtGuard(jwtSecret) },
      ],
    };
  }
}
