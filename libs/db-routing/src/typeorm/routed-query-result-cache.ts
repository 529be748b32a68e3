import type { DataSource } from 'typeorm';
import { DbQueryResultCache } from 'typeorm/cache/DbQueryResultCache.js';
import type { TransactionManager } from '../transaction/manager';

/**
 * TypeORM's result cache in a table. A read-only transaction uses cached results but stores none, because it
 * cannot write.
 */
export class RoutedQueryResultCache extends DbQueryResultCache {
  readonly #transactions: TransactionManager;

  constructor(dataSource: DataSource, transactions: TransactionManager) {
    super(dataSource);
    this.#transactions = transactions;
  }

  override async storeInCache(...args: Parameters<DbQueryResultCache['storeInCache']>): Promise<void> {
    if (this.#transactions.currentScope?.isReadOnly !== true) await super.storeInCache(...args);
  }
}
