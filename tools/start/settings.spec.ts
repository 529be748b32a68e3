import { serviceDefinition, serviceNames } from '@app/shop-services';
import { readSettings } from './settings';

it('has a default for every setting', () => {
  expect(readSettings([], { ORDER_PORT: '' })).toEqual({
    services: Object.fromEntries(
      serviceNames
        .map(serviceDefinition)
        .map(({ name, defaultPort: port, defaultManagementPort: managementPort }) => [
          name,
          { port, managementPort },
        ]),
    ),
    clusterPort: 54_320,
    clusterManagementPort: 3100,
    consolePort: 3000,
    host: '127.0.0.1',
    reset: false,
    watch: false,
  });
});

it('reads ports from the environment and flags from the command line', () => {
  const environment = { ORDER_PORT: '4001', HISTORY_PORT: '4002', CLUSTER_PORT: '4003' };
  expect(readSettings(['--reset', '--watch'], environment)).toMatchObject({
    services: { 'order-service': { port: 4001 }, 'history-service': { port: 4002 } },
    clusterPort: 4003,
    reset: true,
    watch: true,
  });
});

it.each<[string[], Record<string, string>, string]>([
  [['--rest'], {}, '--rest is not an option; there are --reset and --watch'],
  [[], { ORDER_PORT: '0' }, 'ORDER_PORT is "0"; it must be a port, from 1 to 65535.'],
  [[], { HISTORY_PORT: '70000' }, 'HISTORY_PORT is "70000"; it must be a port, from 1 to 65535.'],
  [[], { CLUSTER_PORT: '54e2' }, 'CLUSTER_PORT is "54e2"; it must be a port, from 1 to 65535.'],
  [
    [],
    { CLUSTER_PORT: '65534' },
    'CLUSTER_PORT is 65534; the replicas take the next ones, so it must be at most 65533.',
  ],
  [[], { CONSOLE_PORT: '3002' }, 'HISTORY_PORT and CONSOLE_PORT are both 3002.'],
  [[], { ORDER_PORT: '3002' }, 'ORDER_PORT and HISTORY_PORT are both 3002.'],
  [[], { ORDER_MANAGEMENT_PORT: '3002' }, 'HISTORY_PORT and ORDER_MANAGEMENT_PORT are both 3002.'],
  [[], { CLUSTER_MANAGEMENT_PORT: '3002' }, 'HISTORY_PORT and CLUSTER_MANAGEMENT_PORT are both 3002.'],
  [[], { HISTORY_PORT: '54322' }, 'HISTORY_PORT is 54322, which the database takes'],
])('refuses %j with %j', (argv, environment, message) => {
  expect(() => readSettings(argv, environment)).toThrow(message);
});
