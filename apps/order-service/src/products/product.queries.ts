import { type Page, pageOf } from '@app/service-kit';
import { Product } from '@app/shop-database';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import type { ListProductsQuery, ProductView } from './products.schemas';

@Injectable()
export class ProductQueries {
  constructor(@InjectRepository(Product) private readonly products: Repository<Product>) {}

  /** Products by sku; with `search`, only those whose name or sku contains it. */
  async list({ search, cursor, limit }: ListProductsQuery): Promise<Page<ProductView>> {
    const values: unknown[] = [];
    const put = (value: unknown): string => `$${values.push(value)}`;
    const conditions = ['true'];
    if (search !== undefined) {
      const pattern = put(`%${escapeLike(search)}%`);
      conditions.push(`(name ILIKE ${pattern} OR sku ILIKE ${pattern})`);
    }
    if (cursor !== undefined) conditions.push(`sku > ${put(cursor[0])}`);
    // Plain SQL, because a query builder takes longer to write this than the server to run it. There are few
    // different texts, and they are prepared.
    const products = await this.products.manager.query<ProductView[]>(
      `SELECT sku, name, price_cents AS "priceCents", stock
         FROM products
        WHERE ${conditions.join(' AND ')}
        ORDER BY sku
        LIMIT ${put(limit + 1)}`,
      values,
    );
    return pageOf(products, limit, ({ sku }) => [sku]);
  }
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}
