import {
  Answers,
  ApiBearerAuth,
  ApiConflictResponse,
  ApiHeader,
  ApiNotFoundResponse,
  ApiOperation,
  ApiTags,
  ApiUnprocessableEntityResponse,
  Customer,
  RequestHeader,
} from '@app/service-kit';
import { MAX_IDEMPOTENCY_KEY_LENGTH } from '@app/shop-database';
import { Body, Controller, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { CancelOrder } from './cancel-order';
import { OrderQueries } from './order.queries';
import {
  idempotencyKey,
  orderId,
  orderView,
  type OrderView,
  placeOrderBody,
  type PlaceOrderBody,
} from './orders.schemas';
import { PlaceOrder } from './place-order';

const LOCATION = { Location: { description: 'The path of the new order', schema: { type: 'string' } } };

@ApiTags('orders')
@ApiBearerAuth()
@Controller('orders')
export class OrdersController {
  constructor(
    private readonly placeOrder: PlaceOrder,
    private readonly cancelOrder: CancelOrder,
    private readonly orders: OrderQueries,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Place an order' })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    schema: { type: 'string', minLength: 1, maxLength: MAX_IDEMPOTENCY_KEY_LENGTH },
    description:
      'Repeating a request with the same key and body returns the same answer and places the order only once',
  })
  @Answers(orderView, { status: 201, headers: LOCATION })
  @ApiConflictResponse({ description: 'Insufficient stock' })
  @ApiUnprocessableEntityResponse({
    description: 'Unknown sku, total too high, or the key was used for another order',
  })
  async place(
    @Customer() customerId: string,
    @Body({ schema: placeOrderBody }) body: PlaceOrderBody,
    @RequestHeader('idempotency-key', { schema: idempotencyKey }) key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OrderView> {
    const order = await this.placeOrder.execute({ customerId, body, idempotencyKey: key });
    reply.header('location', `/orders/${order.id}`);
    return order;
  }

  @Get(':id')
  @ApiOperation({ summary: 'One of your orders, with its items and its history' })
  @Answers(orderView)
  @ApiNotFoundResponse({ description: 'You have no such order' })
  one(@Customer() customerId: string, @Param('id', { schema: orderId }) id: string): Promise<OrderView> {
    return this.orders.one(customerId, id);
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @ApiOperation({ summary: 'Cancel an order that is not on its way yet' })
  @Answers(orderView)
  @ApiNotFoundResponse({ description: 'You have no such order' })
  @ApiConflictResponse({ description: 'Cancelled before, or on its way' })
  cancel(@Customer() customerId: string, @Param('id', { schema: orderId }) id: string): Promise<OrderView> {
    return this.cancelOrder.execute(customerId, id);
  }
}
