import { Body, Controller, Get, Headers, Inject, Param, Post, Query } from '@nestjs/common';
import type { HistoryQueries } from '../../../../apps/history-service/src/history/history.queries';
import type { OrderQueries } from '../../../../apps/order-service/src/orders/order.queries';
import type { OrderView, PlaceOrderBody } from '../../../../apps/order-service/src/orders/orders.schemas';
import type { PlaceOrder } from '../../../../apps/order-service/src/orders/place-order';
import type { ProductQueries } from '../../../../apps/order-service/src/products/product.queries';
import { Customer } from './jwt.guard';
import { services } from './services';

const { schemas } = services;

/** The routes of both services, on their handlers. */
@Controller()
export class ShopController {
  constructor(
    @Inject(services.ProductQueries) private readonly productQueries: ProductQueries,
    @Inject(services.HistoryQueries) private readonly historyQueries: HistoryQueries,
    @Inject(services.OrderQueries) private readonly orderQueries: OrderQueries,
    @Inject(services.PlaceOrder) private readonly placeOrder: PlaceOrder,
  ) {}

  @Get('products')
  products(@Query({ schema: schemas.products }) query: Parameters<ProductQueries['list']>[0]): unknown {
    return this.productQueries.list(query);
  }

  @Get('history')
  history(
    @Customer() customerId: string,
    @Query({ schema: schemas.history }) query: Parameters<HistoryQueries['page']>[1],
  ): unknown {
    return this.historyQueries.page(customerId, query);
  }

  @Get('orders/:id')
  order(@Customer() customerId: string, @Param('id', { schema: schemas.orderId }) id: string): unknown {
    return this.orderQueries.one(customerId, id);
  }

  @Post('orders')
  place(
    @Customer() customerId: string,
    @Body({ schema: schemas.order }) body: PlaceOrderBody,
    @Headers('idempotency-key') idempotencyKey: string,
  ): Promise<OrderView> {
    return this.placeOrder.execute({ customerId, body, idempotencyKey });
  }
}
