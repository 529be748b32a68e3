import { OrderItem, Product } from '@app/shop-database';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AvailabilityQuery } from './availability.query';
import { BestsellerQueries } from './bestseller.queries';
import { ProductQueries } from './product.queries';
import { ProductsController } from './products.controller';

@Module({
  imports: [TypeOrmModule.forFeature([OrderItem, Product])],
  controllers: [ProductsController],
  providers: [ProductQueries, BestsellerQueries, AvailabilityQuery],
})
export class ProductsModule {}
