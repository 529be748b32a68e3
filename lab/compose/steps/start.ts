import { until } from '@app/postgres-cluster';
import { shopDatabase } from '@app/shop-database';
import { serviceNames } from '@app/shop-services';
import { type Context, expect, type Step } from '../step';
import { NODES } from '../project';

const UP_TIMEOUT_MS = 300_000;
const ROLES = ['postgres', 'replicator', ...Object.keys(shopDatabase.roles)];

export const start: Step[] = [
  {
    name: '`docker compose up`: everything becomes healthy without preparation',
    run: async (context) => {
      const startedMs = performance.now();
      await up(context);
      return `after ${((performance.now() - startedMs) / 1_000).toFixed(0)} s`;
    },
  },
  {
    name: 'both replicas stream from the primary, each through its slot',
    run: async ({ project }) => {
      const seen = await until(
        'two replicas to stream',
        async () => {
          const streaming = await project.streaming('postgres-1');
          return streaming.length === 2 ? streaming : undefined;
        },
        { timeoutMs: 30_000, pollMs: 500 },
      );
      const slots = await project.sql(
        'postgres-1',
        'SELECT count(*) FROM pg_replication_slots WHERE active AND slot_type = $$physical$$',
      );
      expect(slots === '2', `${slots} slots are in use`);
      return seen.join(', ');
    },
  },
  {
    name: 'no password in an environment, a command line or a data directory',
    run: async ({ project }) => {
      const cat = (role: string) => project.compose(['exec', '-T', 'postgres-1', 'cat', `/secrets/${role}`]);
      const passwords = await Promise.all(ROLES.map(cat));
      expect(new Set(passwords).size === ROLES.length, 'two roles have the same password');
      const services = [...NODES, ...serviceNames, 'migrate'];
      const configured = await Promise.all(services.map((service) => project.inspect(service, '.')));
      const files = await project.compose([
        ...['exec', '-T', 'postgres-2', 'bash', '-c'],
        'cat $PGDATA/*.conf $PGDATA/*.signal /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " "; true',
      ]);
      const text = JSON.stringify(configured) + files;
      expect(text.includes('primary_conninfo'), 'the command line of postgres was not found');
      const leaked = ROLES.filter((_, index) => text.includes(passwords[index] ?? ''));
      expect(leaked.length === 0, `the password of ${leaked.join(', ')} is readable there`);
      return `${ROLES.length} passwords searched for`;
    },
  },
  {
    name: 'each node writes its CPU and memory for the node exporter, which runs as another user',
    run: async ({ project }) => {
      const files = NODES.map((node) => `/usage/${node}.prom`);
      // `nobody`, as in the image of the node exporter.
      const read = ['exec', '-T', '--user', 'nobody', 'postgres-3', 'cat', ...files];
      const text = await until('the files', () => project.compose(read), { timeoutMs: 30_000, pollMs: 500 });
      const values = [...text.matchAll(/^postgres_node_memory_bytes\{node="(.+):5432"\} (\d+)$/gm)];
      const found = values.filter(([, , bytes]) => Number(bytes) > 0).map(([, node]) => node);
      expect(found.join(' ') === NODES.join(' '), `the files say: ${text}`);
      return values
        .map(([, node, bytes]) => `${node ?? ''} ${(Number(bytes) / 2 ** 20).toFixed(0)} MiB`)
        .join(', ');
    },
  },
  {
    name: 'a service reads its own password and no other',
    run: async ({ project }) => {
      const script = `
        const { accessSync, constants } = require('node:fs');
        const can = (role) => { try { accessSync('/run/secrets/' + role, constants.R_OK); return true } catch { return false } };
        console.log(${JSON.stringify(ROLES)}.filter(can).join(' '));`;
      const seen = await project.compose(['exec', '-T', 'history-service', 'node', '-e', script]);
      expect(seen === 'history_service monitor', `history-service can read: ${seen}`);
      return seen;
    },
  },
  {
    name: "Alice's walk at the published ports",
    run: async ({ project, shop }) => {
      const placed = await shop.order();
      expect(placed.route.includes('role=primary'), `placed by ${placed.route}`);
      await until('the order to come back from order-service', () =>
        shop.get(`${shop.orderUrl}/orders/${placed.id}`).catch(() => false),
      );
      await until('the order to lead the history', async () => (await shop.latestOfHistory()) === placed.id);
      const { route } = await shop.get(`${shop.historyUrl}/history?limit=1`);
      expect(route.includes('role=replica'), `history came from ${route}`);
      const user = await project.inspect('order-service', '.HostConfig.ReadonlyRootfs');
      expect(user === true, 'the root file system of order-service is writable');
      return `written: ${placed.route.split(';')[0] ?? ''}, read: ${route.split(';')[0] ?? ''}`;
    },
  },
];

/** Starts everything; resolves when nodes and services are healthy. */
export async function up({ project }: Context): Promise<void> {
  await project.compose(['up', '-d'], { timeoutMs: UP_TIMEOUT_MS });
  await healthy({ project }, [...NODES, ...serviceNames]);
}

export async function healthy(
  { project }: Pick<Context, 'project'>,
  services: readonly string[],
): Promise<void> {
  for (const service of services) {
    await until(`${service} to be healthy`, () => project.isHealthy(service), {
      timeoutMs: 180_000,
      pollMs: 500,
    });
  }
}
