import { pick, READ_CALLERS, type StatementWork } from './statement-work';

export const twoRelations: StatementWork = {
  name: 'two-relations',
  title: 'An order with its items and its events, by find with two relations',
  callers: READ_CALLERS,
  contenders: ['TypeORM on RoutedPool', 'TypeORM answered at once', 'TypeORM replication'],
  operation(peer, { orders }) {
    const { twoRelations: read } = peer;
    if (read === undefined) return undefined;
    return async () => {
      const { id, itemCount, eventCount } = pick(orders);
      const { items, events } = await read(id);
      return items === itemCount && events === eventCount;
    };
  },
};
