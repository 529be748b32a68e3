import { Transactional } from 'db-routing';
import { IdempotencyKey } from '@app/shop-database';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LessThan, Repository } from 'typeorm';

/** How long a key is kept at least. */
const KEY_LIFETIME_MS = 24 * 3_600_000;
const PURGE_INTERVAL_MS = 600_000;
/** Few at a time, so that their locks are short. */
const BATCH = 200;

/** Deletes idempotency keys that have expired. */
@Injectable()
export class ExpiredKeys implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(ExpiredKeys.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(@InjectRepository(IdempotencyKey) private readonly keys: Repository<IdempotencyKey>) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.purge(), PURGE_INTERVAL_MS);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  async purge(): Promise<void> {
    try {
      let deleted = await this.deleteBatch();
      while (deleted === BATCH) deleted = await this.deleteBatch();
    } catch (error) {
      this.logger.warn(`expired idempotency keys are deleted later: ${(error as Error).message}`);
    }
  }

  /** Leaves out what another instance deletes at the same time. Returns the number of keys deleted. */
  @Transactional()
  async deleteBatch(): Promise<number> {
    const expired = await this.keys.find({
      where: { createdAt: LessThan(new Date(Date.now() - KEY_LIFETIME_MS)) },
      order: { createdAt: 'ASC' },
      take: BATCH,
      lock: { mode: 'pessimistic_write', onLocked: 'skip_locked' },
    });
    await this.keys.remove(expired);
    return expired.length;
  }
}
