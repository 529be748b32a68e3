import { Answers, type Page } from '@app/service-kit';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ProductQueries } from './product.queries';
import { type ListProductsQuery, listProductsQuery, productPage, type ProductView } from './products.schemas';

@ApiTags('products')
@ApiBearerAuth()
@Controller('products')
export class ProductsController {
  constructor(private readonly products: ProductQueries) {}

  @Get()
  @ApiOperation({ summary: 'Search the products, by sku' })
  @Answers(productPage)
  list(@Query({ schema: listProductsQuery }) query: ListProductsQuery): Promise<Page<ProductView>> {
    return this.products.list(query);
  }
}
