import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { RoutedPool } from 'db-routing';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Notification } from 'pg';
import { Subject } from 'rxjs';
import { CHANNEL } from './customer-announcer';

const RETRY_MS = 1_000;

/** Learns from all instances of the service, including this one, which customers have new events. */
@Injectable()
export class CustomerListener implements OnApplicationBootstrap, OnModuleDestroy {
  /** A customer's id; undefined: any customer, because messages may have been missed. */
  readonly news = new Subject<string | undefined>();
  private readonly logger = new Logger(CustomerListener.name);
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(private readonly pool: RoutedPool) {}

  /** Not at the first stream: what starts in a request belongs to it, and ends with it. */
  onApplicationBootstrap(): void {
    this.running = this.listenUntilStopped();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.running;
    this.news.complete();
  }

  private async listenUntilStopped(): Promise<void> {
    let wasTold = false;
    while (!this.isStopping()) {
      try {
        await this.listen();
        wasTold = false;
      } catch (error) {
        if (this.isStopping()) return;
        if (!wasTold) this.logger.warn(`not listening for order events: ${(error as Error).message}`);
        wasTold = true;
      }
      await delay(RETRY_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
  }

  private isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  /**
   * Resolves when the connection that listened is lost, or when the service stops. The pool gives up the
   * connection of a node that does not answer, so a silent primary is noticed, too.
   */
  private async listen(): Promise<void> {
    const client = await this.pool.connect();
    const leaving = new AbortController();
    try {
      const signal = AbortSignal.any([this.stopping.signal, leaving.signal]);
      const lost = once(client, 'error', { signal }).catch(() => undefined);
      client.on('notification', ({ payload }: Notification) => this.news.next(payload));
      await client.query(`LISTEN ${CHANNEL}`);
      // For those written while nothing listened.
      this.news.next(undefined);
      await lost;
    } finally {
      leaving.abort();
      client.release(true);
    }
  }
}
