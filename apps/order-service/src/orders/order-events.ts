import { currentConsistencyToken, currentTransaction } from '@app/db-routing';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { filter, map, type Observable, Subject } from 'rxjs';
import type { OrderView } from './orders.schemas';

/** What has become of an order, for whoever waits for it. */
export interface OrderEventMessage {
  orderId: string;
  status: OrderView['status'];
  /** Of the transaction that wrote it: with it any service's reads show at least what this tells of. */
  consistencyToken: string | undefined;
}

/** Tells of orders once they are committed. Each instance tells those that are connected to it of what it has done itself. */
@Injectable()
export class OrderEvents implements OnModuleDestroy {
  private readonly messages = new Subject<{ customerId: string; message: OrderEventMessage }>();

  /** To be called inside the transaction that writes the order: one that is rolled back is never told of. */
  tellAfterCommit(customerId: string, { id, status }: OrderView): void {
    currentTransaction()?.afterCommit(() =>
      this.messages.next({
        customerId,
        message: { orderId: id, status, consistencyToken: currentConsistencyToken() },
      }),
    );
  }

  of(customerId: string): Observable<OrderEventMessage> {
    return this.messages.pipe(
      filter((told) => told.customerId === customerId),
      map(({ message }) => message),
    );
  }

  /** Streams that stay open would keep the server from closing. */
  onModuleDestroy(): void {
    this.messages.complete();
  }
}
