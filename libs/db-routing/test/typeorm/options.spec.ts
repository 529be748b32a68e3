import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import { ConfigurationError } from '../../src';
import { RoutedDataSource, routedDataSourceOptions } from '../../src/typeorm';
import { openShop, type Shop } from './shop';

describe('options of a DataSource', () => {
  let shop: Shop;

  beforeAll(async () => {
    shop = await openShop({}, { applicationName: 'shop', maxConnectionsPerNode: 7, acquireTimeoutMs: 1500 });
  });

  afterAll(() => shop.close());

  /** As JavaScript or a configuration file may set them. */
  const optionsOf = (options: Partial<PostgresDataSourceOptions>) =>
    routedDataSourceOptions(shop.pool, options);

  it.each<Partial<PostgresDataSourceOptions>>([
    { applicationName: 'another' },
    { poolSize: 20 },
    { connectTimeoutMS: 100 },
    { database: 'another' },
    { ssl: true },
    { ssl: { rejectUnauthorized: false } },
    { extra: { max: 20 } },
    { extra: { statement_timeout: 1000 } },
    { logNotifications: true },
    { useUTC: true },
    { nativeDriver: {}, driver: { Pool: Object } },
    { driver: { Pool: Object } },
    { replication: { master: { url: 'postgres://h' }, slaves: [] } },
    { url: 'postgres://user:secret@host/db' },
    { host: 'localhost' },
    { port: 5432 },
    { username: 'me' },
    { password: 'secret' },
    { type: 'mysql' as 'postgres' },
  ])('%o cannot be honoured, and is refused by name', (options) => {
    const name = Object.keys(options).at(-1)!;
    const error = (() => {
      try {
        return optionsOf(options);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({ option: name });
    expect((error as Error).message).not.toContain('secret');
    expect((error as Error).message).not.toContain('[object');
  });

  it('what the pool has, and what asks for nothing, may be said', async () => {
    const dataSource = await new RoutedDataSource(
      optionsOf({
        type: 'postgres',
        applicationName: 'shop',
        poolSize: 7,
        connectTimeoutMS: 1500,
        ssl: false,
        extra: {},
        logNotifications: false,
        replication: undefined,
        database: shop.pool.options.database,
      }),
    ).initialize();
    await dataSource.destroy();
  });

  async function extensions(): Promise<unknown[]> {
    const { rows } = await shop.cluster.primary.query('SELECT extname FROM pg_extension');
    return rows.map((row): unknown => row['extname']);
  }

  it('extensions are installed if they are listed, or if that is asked for', async () => {
    const open = async (options: Partial<PostgresDataSourceOptions>) => {
      const dataSource = await new RoutedDataSource(optionsOf(options)).initialize();
      await dataSource.destroy();
    };
    await open({ extensions: ['citext'], installExtensions: false });
    expect(await extensions()).not.toContain('citext');
    await open({ extensions: ['citext'] });
    expect(await extensions()).toContain('citext');
  });

  it('poolErrorHandler is told what a pool reports, until the data source is destroyed', async () => {
    const told: unknown[] = [];
    const poolErrorHandler = (error: unknown) => void told.push(error);
    const dataSource = await new RoutedDataSource(optionsOf({ poolErrorHandler })).initialize();
    const error = new Error('in the background');
    shop.pool.emit('error', error);
    await dataSource.destroy();
    shop.pool.emit('error', error);
    expect(told).toEqual([error]);
  });

  it('parseInt8 is for every query, on shared connections too', async () => {
    const dataSource = await new RoutedDataSource(optionsOf({ parseInt8: true })).initialize();
    try {
      for (let n = 0; n < 5; n++) expect(await dataSource.query('SELECT 5::int8 AS n')).toEqual([{ n: 5 }]);
      await dataSource.transaction(async (manager) => {
        expect(await manager.query('SELECT 5::int8 AS n')).toEqual([{ n: 5 }]);
      });
    } finally {
      await dataSource.destroy();
      // As in TypeORM, the option applies to the whole process.
      await new RoutedDataSource(optionsOf({ parseInt8: false }))
        .initialize()
        .then((other) => other.destroy());
    }
  });

  it("maxQueryExecutionTime, logger, schema and entityPrefix are TypeORM's own", async () => {
    const slow: string[] = [];
    const ignore = () => undefined;
    const dataSource = await new RoutedDataSource(
      optionsOf({
        maxQueryExecutionTime: 50,
        logger: {
          logQuery: ignore,
          logQueryError: ignore,
          logSchemaBuild: ignore,
          logMigration: ignore,
          log: ignore,
          logQuerySlow: (_, query) => void slow.push(query),
        },
      }),
    ).initialize();
    await dataSource.query('SELECT pg_sleep(0.1)');
    expect(slow).toEqual(['SELECT pg_sleep(0.1)']);
    await dataSource.destroy();
  });
});
