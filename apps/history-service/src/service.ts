import type { ServiceDefinition } from '@app/service-kit';

export const historyService: ServiceDefinition = {
  name: 'history-service',
  title: 'History service',
  description: 'What a customer has ordered so far. Reads only.',
  portVariable: 'HISTORY_PORT',
  defaultPort: 3002,
  managementPortVariable: 'HISTORY_MANAGEMENT_PORT',
  defaultManagementPort: 3102,
  needsWrites: false,
};
