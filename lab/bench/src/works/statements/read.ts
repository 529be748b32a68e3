import { pick, READ_CALLERS, type StatementWork } from './statement-work';

export const read: StatementWork = {
  name: 'read',
  title: "An order by its primary key, in the mapper's own style (findOneBy, findByPk, select … where)",
  callers: READ_CALLERS,
  contenders: [
    'TypeORM on RoutedPool',
    'TypeORM answered at once',
    'TypeORM replication',
    'Kysely on RoutedPool',
    'Kysely on pg.Pool',
    'Drizzle on RoutedPool',
    'Drizzle withReplicas',
    'Sequelize replication',
  ],
  operation(peer, { orders }) {
    const { read: readOne } = peer;
    if (readOne === undefined) return undefined;
    return async () => {
      const { id } = pick(orders);
      return (await readOne(id)) === id;
    };
  },
};
