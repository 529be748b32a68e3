import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ name: 'products' })
export class Product {
  @PrimaryColumn({ type: 'text' })
  sku!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ name: 'price_cents', type: 'int' })
  priceCents!: number;

  /** Pieces left to sell; never negative. */
  @Column({ type: 'int' })
  stock!: number;
}
