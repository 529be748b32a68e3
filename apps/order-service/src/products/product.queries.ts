import { type Page, pageOf, selected } from '@app/service-kit';
import { Product } from '@app/shop-database';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import type { ListProductsQuery, ProductView } from './products.schemas';

/** The view's columns; the compiler finds the one that is missing. */
const COLUMNS: Readonly<Record<keyof ProductView, string>> = {
  sku: 'p.sku',
  name: 'p.name',
  priceCents: 'p.priceCents',
  stock: 'p.stock',
};

@Injectable()
export class ProductQueries {
  constructor(@InjectRepository(Product) private readonly products: Repository<Product>) {}

  /** Products by sku; with `search`, only those whose name or sku contains it. */
  async list({ search, cursor, limit }: ListProductsQuery): Promise<Page<ProductView>> {
    const page = this.products
      .createQueryBuilder('p')
      .select(selected(COLUMNS))
      .orderBy('p.sku')
      .limit(limit + 1);
    if (search !== undefined) {
      page.andWhere('(p.name ILIKE :pattern OR p.sku ILIKE :pattern)', {
        pattern: `%${escapeLike(search)}%`,
      });
    }
    if (cursor !== undefined) page.andWhere('p.sku > :after', { after: cursor[0] });
    // Rows as they are: a list needs no entities, and making them takes longer than the statement.
    return pageOf(await page.getRawMany<ProductView>(), limit, ({ sku }) => [sku]);
  }
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}
