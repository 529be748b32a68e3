import { Column, Entity, JoinColumn, ManyToOne, OneToMany, PrimaryColumn } from 'typeorm';
import type { OrderStatus } from './order-status';

/** An order with its items and its status history: one aggregate, so one file. */
@Entity({ name: 'orders' })
export class Order {
  /** UUID v7, made by the service that places the order. */
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  @Column({ name: 'customer_id', type: 'text' })
  customerId!: string;

  @Column({ type: 'text' })
  status!: OrderStatus;

  @Column({ name: 'total_cents', type: 'int' })
  totalCents!: number;

  /** Pieces over all lines. */
  @Column({ name: 'item_count', type: 'int' })
  itemCount!: number;

  // Milliseconds, as a JavaScript Date has them: a keyset cursor made from a Date must equal the row's value.
  @Column({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt!: Date;

  @OneToMany(() => OrderItem, (item) => item.order)
  items!: OrderItem[];

  @OneToMany(() => OrderEvent, (event) => event.order)
  events!: OrderEvent[];
}

@Entity({ name: 'order_items' })
export class OrderItem {
  @PrimaryColumn({ name: 'order_id', type: 'uuid' })
  orderId!: string;

  @PrimaryColumn({ type: 'text' })
  sku!: string;

  @Column({ type: 'int' })
  quantity!: number;

  /** The price at the time of the order. */
  @Column({ name: 'unit_price_cents', type: 'int' })
  unitPriceCents!: number;

  @ManyToOne(() => Order, (order) => order.items)
  @JoinColumn({ name: 'order_id' })
  order!: Order;
}

@Entity({ name: 'order_events' })
export class OrderEvent {
  /** A 64-bit identity, hence a string; it orders the events of one order. */
  @PrimaryColumn({ type: 'bigint', generated: 'identity', generatedIdentity: 'ALWAYS' })
  id!: string;

  @Column({ name: 'order_id', type: 'uuid' })
  orderId!: string;

  @Column({ type: 'text' })
  status!: OrderStatus;

  @Column({ type: 'timestamptz', precision: 3 })
  at!: Date;

  @Column({ type: 'text', nullable: true })
  detail!: string | null;

  @ManyToOne(() => Order, (order) => order.events)
  @JoinColumn({ name: 'order_id' })
  order!: Order;
}
