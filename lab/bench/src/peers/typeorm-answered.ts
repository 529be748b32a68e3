import { RoutedDataSource, routedDataSourceOptions } from 'db-routing/typeorm';
import { shopEntities } from '@app/shop-database';
import type { Peer, Wiring } from './peer';
import { startRoutedPool } from './routed-pool';
import { typeormPeer } from './typeorm-peer';

/**
 * TypeORM on the routed pool, where each statement reaches the database once: the answer is kept, and from
 * then on given in the next turn of the event loop. What is left is what TypeORM itself takes, which no pool
 * below it can spare.
 */
export async function openAnsweredTypeorm(wiring: Wiring): Promise<Peer> {
  const pool = await startRoutedPool(wiring);
  const dataSource = await new RoutedDataSource(
    routedDataSourceOptions(pool, { entities: shopEntities, logging: false }),
  ).initialize();
  const ask = pool.query.bind(pool) as (text: string, values?: unknown[]) => Promise<unknown>;
  const answers = new Map<string, unknown>();
  let nextTurn: Promise<void> | undefined;
  const answer = async (text: string, values: unknown[] = []): Promise<unknown> => {
    const key = `${text} ${values.join(' ')}`;
    if (!answers.has(key)) answers.set(key, await ask(text, values));
    await (nextTurn ??= new Promise((resolve) => {
      setImmediate(() => {
        nextTurn = undefined;
        resolve();
      });
    }));
    return answers.get(key);
  };
  Object.defineProperty(pool, 'query', { value: answer });
  const close = async () => {
    await dataSource.destroy();
    await pool.end();
  };
  const { read, orderWithItems, twoRelations, history } = typeormPeer(dataSource, close);
  return { read, orderWithItems, twoRelations, history, close };
}
