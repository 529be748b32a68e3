import { IdempotencyKey, Order, OrderEvent, OrderItem, Product } from '@app/shop-database';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { OrderEventsModule } from '../order-events/order-events.module';
import { CancelOrder } from './cancel-order';
import { ExpiredKeys } from './expired-keys';
import { IdempotencyKeys } from './idempotency-keys';
import { OrderQueries } from './order.queries';
import { OrdersController } from './orders.controller';
import { PlaceOrder } from './place-order';

@Module({
  // Before the routes with an id in them.
  imports: [
    OrderEventsModule,
    TypeOrmModule.forFeature([IdempotencyKey, Order, OrderEvent, OrderItem, Product]),
  ],
  controllers: [OrdersController],
  providers: [PlaceOrder, CancelOrder, OrderQueries, IdempotencyKeys, ExpiredKeys],
})
export class OrdersModule {}
