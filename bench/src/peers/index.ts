import { openDrizzle } from './drizzle';
import { openKysely } from './kysely';
import type { Peer, Wiring } from './peer';
import { openPgPool } from './pg-pool';
import { openPgpool } from './pgpool';
import { openRoutedDrizzle } from './routed-drizzle';
import { openRoutedKysely } from './routed-kysely';
import { openRoutedPool } from './routed-pool';
import { openRoutedTypeorm } from './routed-typeorm';
import { openSequelize } from './sequelize';
import { openTypeormReplication } from './typeorm-replication';

/** By the names that they have in every table. */
export const peers = {
  RoutedPool: openRoutedPool,
  'TypeORM on RoutedPool': openRoutedTypeorm,
  'Kysely on RoutedPool': openRoutedKysely,
  'Drizzle on RoutedPool': openRoutedDrizzle,
  'pg.Pool': openPgPool,
  'TypeORM replication': openTypeormReplication,
  'Sequelize replication': openSequelize,
  'Drizzle withReplicas': openDrizzle,
  'Kysely on pg.Pool': openKysely,
  'Pgpool-II': openPgpool,
} satisfies Record<string, (wiring: Wiring) => Promise<Peer>>;

export type PeerName = keyof typeof peers;

/** Not a peer but the limit: a client in C, whose own cost hardly counts. */
export const PGBENCH = 'pgbench -M prepared';
