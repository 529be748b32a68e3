import { currentConsistencyToken, currentTransaction } from 'db-routing';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { filter, map, type Observable, Subject } from 'rxjs';
import type { OrderEventMessage, OrderView } from './orders.schemas';

/**
 * Publishes changes to orders after they commit. Each instance notifies its own subscribers of the changes
 * that it made itself.
 */
@Injectable()
export class OrderEvents implements OnModuleDestroy {
  private readonly messages = new Subject<{ customerId: string; message: OrderEventMessage }>();

  /**
   * Call this in the transaction that writes the order, if there is one: changes that are rolled back are
   * never published. A statement outside a transaction is committed by the time it is answered.
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

  /** Open streams would keep the server from closing. */
  onModuleDestroy(): void {
    this.messages.complete();
  }
}
