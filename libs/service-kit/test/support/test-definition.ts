import type { ServiceDefinition } from '../../src';

/** A service for the tests of the configuration. */
export const definition: ServiceDefinition = {
  name: 'test-service',
  title: 'Test service',
  description: '',
  portVariable: 'TEST_PORT',
  defaultPort: 3009,
  managementPortVariable: 'TEST_MANAGEMENT_PORT',
  defaultManagementPort: 3109,
  needsWrites: false,
  calls: [],
};
