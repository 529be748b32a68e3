import { currentConsistencyToken, currentTransaction } from 'db-routing';
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

  /**
   * To be called in the transaction that writes the order, if there is one: what is rolled back is never told of. A statement
   * outside of a transaction is committed when it has been answered.
   */
  tellAfterCommit(customerId: string, { id, status }: OrderView): void {
    const tell = () =>
      this.messages.next({
        customerId,
        message: { orderId: id, status, consistencyToken: currentConsistencyToken() },
      });
    const transaction = currentTransaction();
    if (transaction) transaction.afterCommit(tell);
    else tell();
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
