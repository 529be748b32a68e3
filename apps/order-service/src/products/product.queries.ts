import type { Page } from '@app/service-kit';
import { pageOf } from '@app/service-kit';
import { Product } from '@app/shop-database';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import type { ListProductsQuery, ProductView } from './products.schemas';

@Injectable()
export class ProductQueries {
  constructor(@InjectRepository(Product) private readonly products: Repository<Product>) {}

  /** Products by sku, those only whose name or sku contains `search`. */
  async list({ search, cursor, limit }: ListProductsQuery): Promise<Page<ProductView>> {
    const query = this.products
      .createQueryBuilder('product')
      .orderBy('product.sku')
      .limit(limit + 1);
    if (search !== undefined) {
      query.andWhere('(product.name ILIKE :pattern OR product.sku ILIKE :pattern)', {
        pattern: `%${escapeLike(search)}%`,
      });
    }
    if (cursor !== undefined) query.andWhere('product.sku > :after', { after: cursor[0] });
    return pageOf(await query.getMany(), limit, (product) => [product.sku]);
  }
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}
