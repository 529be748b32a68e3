import type { ServiceDefinition } from '@app/service-kit';

export const orderService: ServiceDefinition = {
  name: 'order-service',
  title: 'Order service',
  description: 'Products, and orders placed, read and cancelled by their customer.',
  portVariable: 'ORDER_PORT',
  defaultPort: 3001,
  managementPortVariable: 'ORDER_MANAGEMENT_PORT',
  defaultManagementPort: 3101,
  needsWrites: true,
};
