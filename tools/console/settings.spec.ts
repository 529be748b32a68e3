import { readConsoleSettings } from './settings';

it('finds the services on this machine, and listens on its loopback address', () => {
  expect(readConsoleSettings({ CONSOLE_PORT: '' })).toMatchObject({
    host: '127.0.0.1',
    port: 3000,
    services: [
      { name: 'order-service', url: 'http://127.0.0.1:3001', managementUrl: 'http://127.0.0.1:3101' },
      { name: 'history-service', url: 'http://127.0.0.1:3002', managementUrl: 'http://127.0.0.1:3102' },
    ],
  });
});

it('finds containers by the names of their services', () => {
  const { services } = readConsoleSettings({ CONSOLE_SERVICE_HOSTS: 'names' });
  expect(services[0]).toMatchObject({
    url: 'http://order-service:3001',
    managementUrl: 'http://order-service:3101',
  });
});

it.each([
  [{ CONSOLE_PORT: '70000' }, 'CONSOLE_PORT is "70000"; it must be a port, from 0 to 65535.'],
  [{ CONSOLE_PORT: 'http' }, 'CONSOLE_PORT is "http"; it must be a port, from 0 to 65535.'],
  [{ CONSOLE_SERVICE_HOSTS: 'dns' }, 'CONSOLE_SERVICE_HOSTS is "dns"; it must be loopback or names.'],
])('refuses %j', (environment, message) => {
  expect(() => readConsoleSettings(environment)).toThrow(message);
});
