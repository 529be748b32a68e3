import { DatabaseModule } from '@app/service-kit';
import { shopEntities } from '@app/shop-database';
import { Module } from '@nestjs/common';
import { OrdersModule } from './orders/orders.module';
import { ProductsModule } from './products/products.module';

@Module({
  imports: [DatabaseModule.forEntities(shopEntities), OrdersModule, ProductsModule],
})
export class AppModule {}
