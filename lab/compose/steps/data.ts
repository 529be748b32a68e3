import { until } from '@app/postgres-cluster';
import { docker } from '../docker';
import { expect, type Step } from '../step';
import { type ComposeProject, NODES } from '../project';
import { onlyWritable, ordersOnEveryNode, streams } from './failover';
import { up } from './start';

export const data: Step[] = [
  {
    name: 'a replica whose volume was removed clones the primary',
    run: async ({ project }) => {
      await project.compose(['rm', '--stop', '--force', 'postgres-1']);
      await docker(['volume', 'rm', `${project.name}_postgres-1`]);
      await project.compose(['up', '-d', 'postgres-1']);
      const seen = await streams(project, 'postgres-3', ['postgres-1', 'postgres-2']);
      await onlyWritable(project, 'postgres-3');
      return seen;
    },
  },
  {
    name: 'a replica whose WAL the primary has removed clones the primary by itself',
    run: async ({ project }) => {
      await settings(project, ['max_slot_wal_keep_size = $$16MB$$', 'wal_keep_size = 0']);
      await project.compose(['stop', 'postgres-1']);
      const leftAt = await project.sql('postgres-3', 'SELECT pg_current_wal_lsn()');
      await project.sql(
        'postgres-3',
        'SELECT pg_logical_emit_message(false, $$$$, $$$$), pg_switch_wal();'.repeat(6),
      );
      await project.sql('postgres-3', 'CHECKPOINT');
      // Lost; or the primary has already noticed and created it again.
      const isLost = await project.sql(
        'postgres-3',
        `SELECT wal_status = 'lost' OR restart_lsn > '${leftAt}' FROM pg_replication_slots WHERE slot_name = 'postgres_1'`,
      );
      expect(isLost !== 'f', `its slot still has the WAL from ${leftAt} on`);
      await project.compose(['start', 'postgres-1']);
      const seen = await streams(project, 'postgres-3', ['postgres-1', 'postgres-2']);
      await project.sql('postgres-3', 'ALTER SYSTEM RESET max_slot_wal_keep_size');
      await project.sql('postgres-3', 'ALTER SYSTEM RESET wal_keep_size');
      return seen;
    },
  },
  {
    name: 'down and up keeps the data and the promoted primary',
    run: async (context) => {
      const { project, shop } = context;
      const before = await project.sql('postgres-3', 'SELECT system_identifier FROM pg_control_system()');
      await project.compose(['down']);
      await up(context);
      const after = await project.sql('postgres-3', 'SELECT system_identifier FROM pg_control_system()');
      expect(before === after, `the database system was ${before} and is ${after}`);
      await onlyWritable(project, 'postgres-3');
      await streams(project, 'postgres-3', ['postgres-1', 'postgres-2']);
      await shop.order();
      return ordersOnEveryNode(context);
    },
  },
  {
    name: 'a primary that lost its volume does not begin a new database',
    run: async (context) => {
      const { project, shop } = context;
      await project.compose(['rm', '--stop', '--force', 'postgres-3']);
      await docker(['volume', 'rm', `${project.name}_postgres-3`]);
      await project.compose(['exec', '-T', '-u', 'postgres', 'postgres-1', 'pg_ctl', 'promote']);
      await project.compose(['up', '-d', 'postgres-3']);
      await streams(project, 'postgres-1', ['postgres-2', 'postgres-3']);
      await onlyWritable(project, 'postgres-1');
      await shop.order();
      return ordersOnEveryNode(context);
    },
  },
  {
    name: 'of two replicas promoted at the same time, one becomes the primary',
    run: async (context) => {
      const { project, shop } = context;
      const promoted = ['postgres-2', 'postgres-3'];
      await project.compose(['kill', 'postgres-1']);
      await Promise.all(
        promoted.map((node) => project.compose(['exec', '-T', '-u', 'postgres', node, 'pg_ctl', 'promote'])),
      );
      await project.compose(['start', 'postgres-1']);
      const primary = await until(
        'one of them to remain',
        async () => {
          const [first, ...others] = await project.writable();
          return others.length === 0 ? first : undefined;
        },
        { timeoutMs: 60_000, pollMs: 500 },
      );
      expect(promoted.includes(primary), `${primary} is the primary`);
      await streams(
        project,
        primary,
        NODES.filter((node) => node !== primary),
      );
      await shop.order();
      return `${primary}; ${await ordersOnEveryNode(context)}`;
    },
  },
];

async function settings(project: ComposeProject, values: readonly string[]): Promise<void> {
  for (const value of values) await project.sql('postgres-3', `ALTER SYSTEM SET ${value}`);
  await project.sql('postgres-3', 'SELECT pg_reload_conf()');
}
