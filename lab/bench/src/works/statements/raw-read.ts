import { pick, READ_CALLERS, type StatementWork } from './statement-work';

export const rawRead: StatementWork = {
  name: 'raw-read',
  title: 'An order by its primary key, as SQL text',
  callers: READ_CALLERS,
  contenders: [
    'RoutedPool',
    'pg.Pool',
    'TypeORM on RoutedPool',
    'TypeORM replication',
    'Sequelize replication',
    'Pgpool-II',
  ],
  operation(peer, { orders }) {
    const { rawRead: read } = peer;
    if (read === undefined) return undefined;
    return async () => {
      const { id } = pick(orders);
      return (await read(id)) === id;
    };
  },
};
