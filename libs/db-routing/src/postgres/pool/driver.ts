import * as pg from 'pg';
import type { RoutedPool } from './routed-pool';

/** The `pg` package as a mapper loads it, except that its `Pool` is one that exists already. */
export type RoutedDriver = typeof pg & { readonly routedPool: RoutedPool };

/** For mappers that make their own `pg.Pool`: whatever options they make it with, they get this one. */
export function driverOn(pool: RoutedPool): RoutedDriver {
  return {
    ...pg,
    // A constructor may return an object.
    Pool: function () {
      return lend(pool);
    } as unknown as typeof pg.Pool,
    routedPool: pool,
  };
}

/** A mapper ends the pool that it made; this one it was lent. */
function lend(pool: RoutedPool): object {
  const listeners: ((error: Error) => void)[] = [];
  return {
    connect: pool.connect.bind(pool),
    query: pool.query.bind(pool),
    on: (event: string, listener: (error: Error) => void) => {
      // All that TypeORM listens to; what it has added goes with it.
      if (event !== 'error') return;
      pool.on('error', listener);
      listeners.push(listener);
    },
    end: (callback?: () => void) => {
      for (const listener of listeners.splice(0)) pool.removeListener('error', listener);
      if (!callback) return Promise.resolve();
      process.nextTick(callback);
      return undefined;
    },
  };
}
