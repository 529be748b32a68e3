import { DataTypes, type Model, QueryTypes, Sequelize } from 'sequelize';
import { PAGE_SIZE, type Peer, type Wiring } from './peer';
import { READ_ORDER, STORE_ORDER, storeOrderValues, TAKE_STOCK, type TakenLine } from './shop-sql';

type Row = Model & { readonly id: string; readonly items?: readonly unknown[] };

/** Sequelize's `replication`: reads go to the replicas, everything else to `write`. */
export async function openSequelize({ primaryUrl, replicaUrls, poolSize }: Wiring): Promise<Peer> {
  const sequelize = new Sequelize({
    dialect: 'postgres',
    logging: false,
    replication: { write: credentialsOf(primaryUrl), read: replicaUrls.map(credentialsOf) },
    pool: { max: poolSize, idle: 600_000, acquire: 60_000 },
  });
  const { Order } = defineModels(sequelize);
  return {
    rawRead: async (id) => {
      const [row] = await sequelize.query<{ id: string }>(READ_ORDER, {
        bind: [id],
        type: QueryTypes.SELECT,
      });
      return row?.id;
    },
    read: async (id) => (await Order.findByPk<Row>(id))?.id,
    orderWithItems: async (id) => {
      const order = await Order.findByPk<Row>(id, { include: 'items' });
      return order?.items?.length ?? 0;
    },
    history: async (customerId) => {
      const page = await Order.findAll({
        where: { customerId },
        order: [
          ['createdAt', 'DESC'],
          ['id', 'DESC'],
        ],
        limit: PAGE_SIZE,
      });
      return page.length;
    },
    insert: async (id) => {
      const order = {
        id,
        customerId: 'bench',
        status: 'placed',
        totalCents: 1_000,
        itemCount: 1,
        createdAt: new Date(),
      };
      await Order.create(order, { returning: false });
      return 1;
    },
    placeOrder: ({ id, customerId, lines }) =>
      sequelize.transaction(async (transaction) => {
        const taken = await sequelize.query<TakenLine & object>(TAKE_STOCK, {
          bind: [JSON.stringify(lines)],
          type: QueryTypes.SELECT,
          transaction,
        });
        await sequelize.query(STORE_ORDER, { bind: storeOrderValues(id, customerId, taken), transaction });
        return taken.length;
      }),
    close: () => sequelize.close(),
  };
}

function defineModels(sequelize: Sequelize) {
  const settings = { timestamps: false, underscored: true };
  const Order = sequelize.define<Row>(
    'Order',
    {
      id: { type: DataTypes.UUID, primaryKey: true },
      customerId: DataTypes.TEXT,
      status: DataTypes.TEXT,
      totalCents: DataTypes.INTEGER,
      itemCount: DataTypes.INTEGER,
      createdAt: DataTypes.DATE,
    },
    { ...settings, tableName: 'orders' },
  );
  const OrderItem = sequelize.define(
    'OrderItem',
    {
      orderId: { type: DataTypes.UUID, primaryKey: true },
      sku: { type: DataTypes.TEXT, primaryKey: true },
      quantity: DataTypes.INTEGER,
      unitPriceCents: DataTypes.INTEGER,
    },
    { ...settings, tableName: 'order_items' },
  );
  Order.hasMany(OrderItem, { as: 'items', foreignKey: 'orderId' });
  return { Order, OrderItem };
}

function credentialsOf(url: string) {
  const { hostname, port, username, password, pathname } = new URL(url);
  return {
    host: hostname,
    port,
    username,
    password: decodeURIComponent(password),
    database: pathname.slice(1),
  };
}
