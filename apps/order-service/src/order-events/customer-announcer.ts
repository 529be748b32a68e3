import { AsyncResource } from 'node:async_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { currentTransaction, RoutedPool } from 'db-routing';
import { Injectable, Logger } from '@nestjs/common';

export const CHANNEL = 'order_events';

/** Between two messages: each is a commit on the primary and wakes every instance. */
const PAUSE_MS = 50;

/**
 * Tells all instances of the service which customers have new events. They read the events themselves, so it
 * does no lasting harm when the message is lost.
 *
 * It is sent after COMMIT: a NOTIFY inside the transaction would make all of them commit one after the other
 * (PostgreSQL holds a lock over their COMMIT).
 */
@Injectable()
export class CustomerAnnouncer {
  private readonly logger = new Logger(CustomerAnnouncer.name);
  /** Made outside of any request: what is sent belongs to none, and no request waits for it. */
  private readonly outside = new AsyncResource(CustomerAnnouncer.name);
  private readonly waiting = new Set<string>();
  private isSending = false;

  constructor(private readonly pool: RoutedPool) {}

  /** Call this in the transaction that writes the event: nothing is said about one that is rolled back. */
  announceAfterCommit(customerId: string): void {
    const announce = () => {
      this.waiting.add(customerId);
      this.outside.runInAsyncScope(() => void this.send());
    };
    const transaction = currentTransaction();
    if (transaction) transaction.afterCommit(announce);
    else announce();
  }

  /** Sends one message after the other, with pauses: what is announced meanwhile goes out together. */
  private async send(): Promise<void> {
    if (this.isSending) return;
    this.isSending = true;
    while (this.waiting.size > 0) {
      const customers = [...this.waiting];
      this.waiting.clear();
      try {
        await this.pool.query('SELECT pg_notify($1, id) FROM unnest($2::text[]) AS id', [CHANNEL, customers]);
      } catch (error) {
        this.logger.warn(`other instances learn about new events later: ${(error as Error).message}`);
      }
      await delay(PAUSE_MS, undefined, { ref: false });
    }
    this.isSending = false;
  }
}
