import { IdempotencyKey, Order, OrderEvent, OrderItem, Product } from '@app/shop-database';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CancelOrder } from './cancel-order';
import { IdempotencyKeys } from './idempotency-keys';
import { OrderEvents } from './order-events';
import { OrderEventsController } from './order-events.controller';
import { OrderQueries } from './order.queries';
import { OrdersController } from './orders.controller';
import { PlaceOrder } from './place-order';

@Module({
  imports: [TypeOrmModule.forFeature([IdempotencyKey, Order, OrderEvent, OrderItem, Product])],
  controllers: [OrderEventsController, OrdersController],
  providers: [PlaceOrder, CancelOrder, OrderQueries, IdempotencyKeys, OrderEvents],
})
export class OrdersModule {}
