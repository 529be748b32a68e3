import { until } from '@app/postgres-cluster';
import { serviceDefinition, serviceNames } from '@app/shop-services';
import { REPLICAS } from '../../tools/start/settings';
import { run } from '../command';
import { freePorts } from '../../tools/test/free-ports';
import { RunningShop } from './running-shop';

/** Returns what it observed; throws when the step fails. */
type Step = readonly [name: string, run: (folder: string) => Promise<string>];

const NAME = 'warehouse';
const SERVICE = `${NAME}-service`;
/** Tests that compare files with the services, and those of the new service. */
const SPECS = [
  `apps/${SERVICE}`,
  'test/manifests',
  'libs/shop-database',
  'libs/service-kit/src/config',
  'tools/start',
];

export const steps: readonly Step[] = [
  ['npm start without it, which leaves a database that has no such role', startOnce],
  [
    `npm run new:service -- ${NAME}`,
    async (folder) => {
      const output = await run(folder, 'npm', 'run', '-s', 'new:service', '--', NAME);
      return output.split('\n')[0] ?? '';
    },
  ],
  [
    'a second service of that name is refused',
    async (folder) => {
      const refusal = await run(folder, 'npm', 'run', '-s', 'new:service', '--', NAME).catch(String);
      if (!refusal.includes(`${SERVICE} exists already.`)) throw new Error(`it said: ${refusal}`);
      return `${SERVICE} exists already.`;
    },
  ],
  [
    'types, format, layers, unused code, and lint of the new service',
    async (folder) => {
      await run(folder, 'npm', 'run', 'check', '--', 'types', 'format', 'layers', 'unused');
      await run(folder, 'npx', 'eslint', '--max-warnings', '0', `apps/${SERVICE}`, 'libs/shop-services');
      return 'no complaints';
    },
  ],
  [
    'its tests, and those of every file that names the services',
    async (folder) => {
      await run(folder, 'npx', 'jest', '--silent', '--maxWorkers', '2', ...SPECS);
      return SPECS.join(', ');
    },
  ],
  ['npm start with it, on the same database: a replica serves its example read', askReplica],
];

async function startOnce(folder: string): Promise<string> {
  await run(folder, 'npm', 'run', 'build');
  const { environment } = await ports();
  await (await RunningShop.start(folder, environment)).stop();
  return 'started and stopped';
}

async function askReplica(folder: string): Promise<string> {
  await run(folder, 'npm', 'run', 'build');
  const { environment, port } = await ports();
  const shop = await RunningShop.start(folder, environment);
  try {
    return await until('a replica to serve the products', async () => {
      const { body, route } = await shop.get(`http://127.0.0.1:${port}/products?limit=3`);
      const { items } = body as { items: readonly unknown[] };
      return items.length === 3 && route.includes('role=replica') ? route : undefined;
    });
  } finally {
    await shop.stop();
  }
}

/** Free ports for the services, old and new, and for the cluster. */
async function ports(): Promise<{ environment: Record<string, string>; port: number }> {
  const variables = serviceNames
    .map(serviceDefinition)
    .flatMap(({ portVariable, managementPortVariable }) => [portVariable, managementPortVariable]);
  const names = [
    `${NAME.toUpperCase()}_PORT`,
    `${NAME.toUpperCase()}_MANAGEMENT_PORT`,
    ...variables,
    'CLUSTER_MANAGEMENT_PORT',
    'CLUSTER_PORT',
  ];
  const first = await freePorts(names.length + REPLICAS);
  const environment = Object.fromEntries(names.map((name, index) => [name, String(first + index)]));
  return { environment, port: first };
}
