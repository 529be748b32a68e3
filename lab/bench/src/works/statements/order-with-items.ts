import { pick, type StatementWork } from './statement-work';

export const orderWithItems: StatementWork = {
  name: 'order-with-items',
  title: 'An order joined with its items',
  operation(peer, { orders }) {
    const { orderWithItems: read } = peer;
    if (read === undefined) return undefined;
    return async () => {
      const { id, itemCount } = pick(orders);
      return (await read(id)) === itemCount;
    };
  },
};
