import { until } from '@app/postgres-cluster';
import { type ComposeProject, type NodeName, NODES } from '../project';
import { type Context, expect, type Step } from '../step';
import { healthy } from './start';

const REJOIN_TIMEOUT_MS = 180_000;
const WRITES_TIMEOUT_MS = 30_000;

export const failover: Step[] = [
  {
    name: "the primary's container is killed: reads continue, writes are refused",
    run: async ({ project, shop }) => {
      const [last = ''] = shop.acknowledged.slice(-1);
      await project.compose(['kill', 'postgres-1']);
      const { route } = await shop.get(`${shop.orderUrl}/orders/${last}`);
      expect((await shop.latestOfHistory()) === last, 'the history lost the order');
      const { status, headers } = await shop.tryToOrder();
      expect(status === 503, `POST /orders answered ${status}`);
      expect(headers.has('retry-after'), 'there is no Retry-After');
      return `read: ${route.split(';')[0] ?? ''}; POST: 503, Retry-After ${headers.get('retry-after') ?? ''}`;
    },
  },
  {
    name: 'a replica is promoted by one command: the services follow',
    run: async (context) => promote(context, 'postgres-2'),
  },
  {
    name: 'the other replica follows the new primary by itself',
    run: async ({ project }) => streams(project, 'postgres-2', ['postgres-3']),
  },
  {
    name: 'the old primary comes back as a replica',
    run: async ({ project }) => {
      await project.compose(['start', 'postgres-1']);
      const seen = await streams(project, 'postgres-2', ['postgres-1', 'postgres-3']);
      await onlyWritable(project, 'postgres-2');
      return seen;
    },
  },
  {
    name: 'a primary that hung through a promotion steps down by itself',
    run: async (context) => {
      const { project } = context;
      await project.compose(['pause', 'postgres-2']);
      const followed = await promote(context, 'postgres-3');
      await project.compose(['unpause', 'postgres-2']);
      await streams(project, 'postgres-3', ['postgres-1', 'postgres-2']);
      await onlyWritable(project, 'postgres-3');
      return `${followed}; it streams from postgres-3 now`;
    },
  },
  {
    name: 'no acknowledged order was lost, on any node',
    run: async (context) => ordersOnEveryNode(context),
  },
];

/** As docs/operations.md describes. */
async function promote({ project, shop }: Context, node: NodeName): Promise<string> {
  await project.compose(['exec', '-T', '-u', 'postgres', node, 'pg_ctl', 'promote']);
  const promotedMs = performance.now();
  const { headers } = await until(
    'an order to be placed',
    async () => {
      const answer = await shop.tryToOrder();
      return answer.status === 201 ? answer : undefined;
    },
    { timeoutMs: WRITES_TIMEOUT_MS },
  );
  const route = headers.get('x-db-route') ?? '';
  expect(route.includes(`node=${node}:`), `the order was written by ${route}`);
  return `first order after ${(performance.now() - promotedMs).toFixed(0)} ms`;
}

/** Waits until exactly these stream from the primary. */
export async function streams(
  project: ComposeProject,
  primary: NodeName,
  replicas: readonly NodeName[],
): Promise<string> {
  let streaming: string[] = [];
  await until(
    () => `${replicas.join(' and ')} to stream from ${primary}; now: ${streaming.join(', ')}`,
    async () => {
      streaming = await project.streaming(primary);
      return streaming.join() === replicas.join();
    },
    { timeoutMs: REJOIN_TIMEOUT_MS, pollMs: 500 },
  );
  await healthy({ project }, replicas);
  return `${streaming.join(', ')} from ${primary}`;
}

export async function onlyWritable(project: ComposeProject, primary: NodeName): Promise<void> {
  const writable = await project.writable();
  expect(writable.join() === primary, `accepting writes: ${writable.join(', ')}`);
}

export async function ordersOnEveryNode({ project, shop }: Context): Promise<string> {
  const expected = shop.acknowledged.length;
  const ids = shop.acknowledged.map((id) => `'${id}'`).join();
  for (const node of NODES) {
    let count = '';
    await until(
      () => `${node} to have ${expected} orders; it has ${count}`,
      async () => {
        count = await project.sql(node, `SELECT count(*) FROM orders WHERE id IN (${ids})`, 'shop');
        return count === String(expected);
      },
      { pollMs: 200 },
    );
  }
  return `${expected} orders, besides the seeded ones`;
}
