import { randomUUID } from 'node:crypto';
import { everyWriter } from '../../peers';
import { type StatementWork, WRITE_CALLERS } from './statement-work';

export const placeOrder: StatementWork = {
  name: 'place-order',
  title: 'A transaction: two products from the stock; an order, its items and its event stored',
  isWrite: true,
  callers: WRITE_CALLERS,
  contenders: everyWriter,
  operation(peer, { skus }) {
    const { placeOrder: place } = peer;
    if (place === undefined) return undefined;
    return async () => {
      const first = Math.floor(Math.random() * skus.length);
      const second = (first + 1 + Math.floor(Math.random() * (skus.length - 1))) % skus.length;
      const lines = [first, second].map((index) => ({ sku: skus[index] ?? '', quantity: 1 }));
      return (await place({ id: randomUUID(), customerId: 'bench', lines })) === lines.length;
    };
  },
};
