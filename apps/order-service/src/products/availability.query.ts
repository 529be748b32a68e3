import { ReadConsistency } from 'db-routing';
import { Problem } from '@app/service-kit';
import { Product } from '@app/shop-database';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import type { Availability } from './products.schemas';

@Injectable()
export class AvailabilityQuery {
  constructor(@InjectRepository(Product) private readonly products: Repository<Product>) {}

  /**
   * How many pieces are left at this moment. A checkout asks for it, and other customers may have bought some
   * a moment ago, so the primary answers.
   *
   * @throws Problem 404 for an unknown sku
   */
  @ReadConsistency('strong')
  async of(sku: string): Promise<Availability> {
    const product = await this.products.findOneBy({ sku });
    if (product === null) {
      throw new Problem({
        status: 404,
        type: 'urn:problem:product-not-found',
        detail: `There is no product ${sku}.`,
      });
    }
    return { sku, stock: product.stock };
  }
}
