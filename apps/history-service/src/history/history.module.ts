import { Order } from '@app/shop-database';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { HistoryController } from './history.controller';
import { HistoryQueries } from './history.queries';
import { LatestOrderQuery } from './latest-order';
import { OrderServiceClient } from './order-service.client';
import { StatementQueries } from './statement.queries';
import { SummaryQueries } from './summary.queries';

@Module({
  imports: [TypeOrmModule.forFeature([Order])],
  controllers: [HistoryController],
  providers: [HistoryQueries, SummaryQueries, StatementQueries, LatestOrderQuery, OrderServiceClient],
})
export class HistoryModule {}
