export { serviceDefinition, urlVariable } from './service-definition';
export { type ServiceRole, serviceRole, serviceRoles } from './service-role';
export { type ServiceName, serviceNames } from './shop-services';
