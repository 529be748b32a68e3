import { pick, type StatementWork } from './statement-work';

export const read: StatementWork = {
  name: 'read',
  title: "An order by its primary key, in the mapper's own style (findOneBy, findByPk, select … where)",
  operation(peer, { orders }) {
    const { read: readOne } = peer;
    if (readOne === undefined) return undefined;
    return async () => {
      const { id } = pick(orders);
      return (await readOne(id)) === id;
    };
  },
};
