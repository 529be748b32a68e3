import { until } from '@app/postgres-cluster';
import { serviceNames } from '@app/shop-services';
import type { ComposeProject } from '../project';
import { expect, type Step } from '../step';
import { portOf } from '../ports';
import { healthy } from './start';

export const profiles: Step[] = [
  {
    name: 'profile sync: commits wait for one of the replicas, until the profile stops',
    run: async ({ project, shop }) => {
      await project.compose(['up', '-d', 'synchronous'], { profile: 'sync' });
      await syncStates(project, 'quorum');
      await shop.order();
      await project.compose(['stop', 'synchronous'], { profile: 'sync' });
      await syncStates(project, 'async');
      return 'quorum, then async';
    },
  },
  {
    name: 'profile middleware: every service behind Pgpool-II, with its own routing off',
    run: async ({ project, shop }) => {
      const profile = { profile: 'middleware', timeoutMs: 900_000 };
      await project.compose(['up', '-d'], profile);
      await healthy({ project }, ['pgpool', ...serviceNames.map((name) => `${name}-proxied`)]);
      const { id, route } = await shop.order(`http://127.0.0.1:${portOf('ORDER_PROXIED_PORT')}`);
      expect(route.includes('node=pgpool:'), `the order was written by ${route}`);
      const history = `http://127.0.0.1:${portOf('HISTORY_PROXIED_PORT')}`;
      await until(
        'the order to lead the history behind Pgpool-II',
        async () => (await shop.latestOfHistory(history)) === id,
      );
      return route;
    },
  },
];

async function syncStates(project: ComposeProject, state: string): Promise<void> {
  const [primary = 'postgres-1'] = await project.writable();
  let seen = '';
  await until(
    () => `both replicas to be ${state}; they are ${seen}`,
    async () => {
      seen = await project.sql(primary, 'SELECT string_agg(sync_state, $$ $$) FROM pg_stat_replication');
      return seen === `${state} ${state}`;
    },
    { timeoutMs: 30_000, pollMs: 500 },
  );
}
