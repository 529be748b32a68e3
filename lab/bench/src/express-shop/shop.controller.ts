import type { Order, Product } from '@app/shop-database';
import { Body, Controller, Get, Headers, Param, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import { Customer } from './jwt.guard';
import { type PlacedOrder, ShopService } from './shop.service';

const page = z.object({ limit: z.coerce.number().int().min(1).max(100).default(20) });
const orderId = z.uuid();
const placeOrderBody = z.strictObject({
  items: z
    .array(z.strictObject({ sku: z.string().min(1).max(64), quantity: z.int().min(1).max(1_000) }))
    .min(1)
    .max(100),
});

@Controller()
export class ShopController {
  constructor(private readonly shop: ShopService) {}

  @Get('products')
  async products(
    @Query({ schema: page }) { limit }: z.output<typeof page>,
  ): Promise<{ items: readonly Product[] }> {
    return { items: await this.shop.products(limit) };
  }

  @Get('history')
  async history(
    @Customer() customerId: string,
    @Query({ schema: page }) { limit }: z.output<typeof page>,
  ): Promise<{ items: readonly Order[] }> {
    return { items: await this.shop.history(customerId, limit) };
  }

  @Get('orders/:id')
  order(@Customer() customerId: string, @Param('id', { schema: orderId }) id: string): Promise<Order> {
    return this.shop.order(customerId, id);
  }

  @Post('orders')
  place(
    @Customer() customerId: string,
    @Body({ schema: placeOrderBody }) { items }: z.output<typeof placeOrderBody>,
    @Headers('idempotency-key') key: string,
  ): Promise<PlacedOrder> {
    return this.shop.place(customerId, key, items);
  }
}
