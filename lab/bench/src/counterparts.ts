import { PGBENCH } from './peers';
import { BARE, EXPRESS, OURS } from './services/shops';

/**
 * Which of ours does the same in the same way: a mapper is compared with itself on RoutedPool, or with a
 * similar one.
 */
export const COUNTERPARTS: Readonly<Record<string, string>> = {
  'pg.Pool': 'RoutedPool',
  'Pgpool-II': 'RoutedPool',
  [PGBENCH]: 'RoutedPool',
  'TypeORM replication': 'TypeORM on RoutedPool',
  'Sequelize replication': 'TypeORM on RoutedPool',
  'Drizzle withReplicas': 'Drizzle on RoutedPool',
  'Kysely on pg.Pool': 'Kysely on RoutedPool',
  [EXPRESS]: OURS,
  [BARE]: OURS,
};

export function isOurs(contender: string): boolean {
  return !(contender in COUNTERPARTS);
}
