import { Order } from '@app/shop-database';
import type { DataSource, EntityManager } from 'typeorm';
import { PAGE_SIZE, type Peer } from './peer';
import { READ_ORDER, STORE_ORDER, storeOrderValues, TAKE_STOCK, type TakenLine } from './shop-sql';

/** The shop on TypeORM, with any kind of DataSource. */
export function typeormPeer(
  dataSource: DataSource,
  close: () => Promise<void>,
): Required<Omit<Peer, 'rows'>> & { readonly dataSource: DataSource } {
  const orders = dataSource.getRepository(Order);
  return {
    dataSource,
    rawRead: async (id) => {
      const [row] = await dataSource.query<{ id: string }[]>(READ_ORDER, [id]);
      return row?.id;
    },
    read: async (id) => (await orders.findOneBy({ id }))?.id,
    orderWithItems: async (id) => {
      // find, not findOne: with joined relations, findOne sends two queries.
      const [order] = await orders.find({ where: { id }, relations: { items: true } });
      return order?.items.length ?? 0;
    },
    twoRelations: async (id) => {
      const [order] = await orders.find({ where: { id }, relations: { items: true, events: true } });
      return { items: order?.items.length ?? 0, events: order?.events.length ?? 0 };
    },
    history: async (customerId) => {
      const page = await orders
        .createQueryBuilder('o')
        .where('o.customerId = :customerId', { customerId })
        .orderBy('o.createdAt', 'DESC')
        .addOrderBy('o.id', 'DESC')
        .limit(PAGE_SIZE)
        .getMany();
      return page.length;
    },
    insert: async (id) => {
      const { identifiers } = await orders.insert({
        id,
        customerId: 'bench',
        status: 'placed',
        totalCents: 1_000,
        itemCount: 1,
        createdAt: new Date(),
      });
      return identifiers.length;
    },
    placeOrder: ({ id, customerId, lines }) =>
      dataSource.transaction(async (manager: EntityManager) => {
        const [taken] = await manager.query<[TakenLine[], number]>(TAKE_STOCK, [JSON.stringify(lines)]);
        await manager.query(STORE_ORDER, storeOrderValues(id, customerId, taken));
        return taken.length;
      }),
    close,
  };
}
