import type { Peer, Wiring } from './peer';

/** The peers by the names used in every table. Only the process that runs a peer loads it. */
export const peers = {
  RoutedPool: async (wiring) => (await import('./routed-pool.js')).openRoutedPool(wiring),
  'TypeORM on RoutedPool': async (wiring) => (await import('./routed-typeorm.js')).openRoutedTypeorm(wiring),
  'TypeORM answered at once': async (wiring) =>
    (await import('./typeorm-answered.js')).openAnsweredTypeorm(wiring),
  'Kysely on RoutedPool': async (wiring) => (await import('./routed-kysely.js')).openRoutedKysely(wiring),
  'Drizzle on RoutedPool': async (wiring) => (await import('./routed-drizzle.js')).openRoutedDrizzle(wiring),
  'pg.Pool': async (wiring) => (await import('./pg-pool.js')).openPgPool(wiring),
  'TypeORM replication': async (wiring) =>
    (await import('./typeorm-replication.js')).openTypeormReplication(wiring),
  'Sequelize replication': async (wiring) => (await import('./sequelize.js')).openSequelize(wiring),
  'Drizzle withReplicas': async (wiring) => (await import('./drizzle.js')).openDrizzle(wiring),
  'Kysely on pg.Pool': async (wiring) => (await import('./kysely.js')).openKysely(wiring),
  'Pgpool-II': async (wiring) => (await import('./pgpool.js')).openPgpool(wiring),
} satisfies Record<string, (wiring: Wiring) => Promise<Peer>>;

export type PeerName = keyof typeof peers;

/** Not a peer but a limit: what TypeORM itself takes for a read. */
const TYPEORM_ALONE: PeerName = 'TypeORM answered at once';

export const everyPeer = Object.keys(peers) as PeerName[];

export const everyWriter = everyPeer.filter((name) => name !== TYPEORM_ALONE);

/** Not a peer but the limit: a C client that uses almost no CPU time itself. */
export const PGBENCH = 'pgbench -M prepared';
