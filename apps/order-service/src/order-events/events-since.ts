import { ReadConsistency } from 'db-routing';
import { Order, type OrderStatus } from '@app/shop-database';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import type { EventCursor, Place } from './event-cursor';

const PORTION = 100;

export interface WrittenEvent {
  readonly id: string;
  readonly transactionId: string;
  readonly orderId: string;
  readonly status: OrderStatus;
  readonly at: Date;
}

export interface EventsSince {
  /** What all transactions before it have written is in `events`. */
  readonly place: Place;
  /** In the order of their transactions. */
  readonly events: readonly WrittenEvent[];
}

type Row = Place & (WrittenEvent | { readonly id: null });

/**
 * Plain SQL, because repositories and query builders have no word for snapshots. The first eight digits of a
 * WAL file's name are its timeline.
 */
const EVENTS_SINCE = `
  WITH place AS (
       SELECT pg_snapshot_xmin(pg_current_snapshot()) AS horizon,
              ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int AS timeline)
SELECT place.horizon::text AS horizon, place.timeline, event.*
  FROM place
  LEFT JOIN LATERAL (
       SELECT e.id::text AS id, e.transaction_id::text AS "transactionId", e.order_id AS "orderId", e.status, e.at
         FROM order_events AS e JOIN orders AS o ON o.id = e.order_id
        WHERE o.customer_id = $1
          AND e.transaction_id >= least(place.horizon, CASE place.timeline WHEN $2 THEN $3::xid8 ELSE $4::xid8 END)
          AND ($5::xid8 IS NULL OR (e.transaction_id, e.id) > ($5, $6::bigint))
        ORDER BY e.transaction_id, e.id
        LIMIT ${PORTION}) AS event ON true`;

@Injectable()
export class EventsSinceQuery {
  constructor(@InjectRepository(Order) private readonly orders: Repository<Order>) {}

  /**
   * The customer's events that the cursor may not know; without a cursor, only those by transactions that are
   * not older than every running one. The primary answers, because an event may be a moment old.
   */
  @ReadConsistency('strong')
  async read(customerId: string, cursor?: EventCursor): Promise<EventsSince> {
    const first = await this.readPortion(customerId, cursor, undefined);
    const events = [...first.events];
    let portion = first.events;
    while (portion.length === PORTION) {
      ({ events: portion } = await this.readPortion(customerId, cursor, events.at(-1)));
      events.push(...portion);
    }
    // That of the first portion: the later ones also contain what was written since.
    return { place: first.place, events };
  }

  private async readPortion(
    customerId: string,
    cursor: EventCursor | undefined,
    after: WrittenEvent | undefined,
  ): Promise<EventsSince> {
    const rows = await this.orders.manager.query<[Row, ...Row[]]>(EVENTS_SINCE, [
      customerId,
      cursor?.timeline,
      cursor?.horizon,
      cursor?.horizonElsewhere,
      after?.transactionId,
      after?.id,
    ]);
    const [{ timeline, horizon }] = rows;
    return { place: { timeline, horizon }, events: rows.filter((row) => row.id !== null) };
  }
}
