import { Order } from '@app/shop-database';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CustomerAnnouncer } from './customer-announcer';
import { CustomerListener } from './customer-listener';
import { EventsSinceQuery } from './events-since';
import { OrderEventStreams } from './order-event-streams';
import { OrderEventsController } from './order-events.controller';

@Module({
  imports: [TypeOrmModule.forFeature([Order])],
  controllers: [OrderEventsController],
  providers: [CustomerAnnouncer, CustomerListener, EventsSinceQuery, OrderEventStreams],
  exports: [CustomerAnnouncer],
})
export class OrderEventsModule {}
