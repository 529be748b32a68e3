import { everyPeer } from '../../peers';
import { pick, READ_CALLERS, type StatementWork } from './statement-work';

export const orderWithItems: StatementWork = {
  name: 'order-with-items',
  title: 'An order joined with its items',
  callers: READ_CALLERS,
  contenders: everyPeer,
  operation(peer, { orders }) {
    const { orderWithItems: read } = peer;
    if (read === undefined) return undefined;
    return async () => {
      const { id, itemCount } = pick(orders);
      return (await read(id)) === itemCount;
    };
  },
};
