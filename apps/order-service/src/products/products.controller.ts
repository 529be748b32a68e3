import {
  Answers,
  ApiBearerAuth,
  ApiNotFoundResponse,
  ApiOperation,
  ApiTags,
  type Page,
} from '@app/service-kit';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { AvailabilityQuery } from './availability.query';
import { BestsellerQueries } from './bestseller.queries';
import { ProductQueries } from './product.queries';
import {
  availability,
  type Availability,
  bestsellers,
  type Bestsellers,
  type ListProductsQuery,
  listProductsQuery,
  productPage,
  productSku,
  type ProductView,
} from './products.schemas';

@ApiTags('products')
@ApiBearerAuth()
@Controller('products')
export class ProductsController {
  constructor(
    private readonly products: ProductQueries,
    private readonly bestsellers: BestsellerQueries,
    private readonly availability: AvailabilityQuery,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Search the products, by sku' })
  @Answers(productPage)
  list(@Query({ schema: listProductsQuery }) query: ListProductsQuery): Promise<Page<ProductView>> {
    return this.products.list(query);
  }

  @Get('bestsellers')
  @ApiOperation({ summary: 'What sold best in the last thirty days; at most a minute old' })
  @Answers(bestsellers)
  listBestsellers(): Promise<Bestsellers> {
    return this.bestsellers.list();
  }

  @Get(':sku/availability')
  @ApiOperation({ summary: 'How many pieces are left at this moment' })
  @Answers(availability)
  @ApiNotFoundResponse({ description: 'There is no such product' })
  availabilityOf(@Param('sku', { schema: productSku }) sku: string): Promise<Availability> {
    return this.availability.of(sku);
  }
}
