import * as pg from 'pg';
import type { RoutedPool } from './routed-pool';

/** The `pg` package, with a constructor `Pool` that returns the given pool. */
export type RoutedDriver = typeof pg & { readonly routedPool: RoutedPool };

/**
 * A driver for object mappers that make their own `pg.Pool`: they get `pool`, whichever options they pass.
 */
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

/**
 * The pool as a mapper sees it. The mapper ends the pool that it thinks it made; here, end() leaves the pool
 * open.
 */
function lend(pool: RoutedPool): object {
  const listeners: ((error: Error) => void)[] = [];
  return {
    connect: pool.connect.bind(pool),
    query: pool.query.bind(pool),
    on: (event: string, listener: (error: Error) => void) => {
      // TypeORM listens to no other event. end() removes its listeners.
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
