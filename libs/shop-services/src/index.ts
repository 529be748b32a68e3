export { portsOf, proxiedPortOf, serviceDefinition, urlVariable } from './service-definition';
export { type ServiceRole, serviceRole, serviceRoles } from './service-role';
export { MANAGEMENT_PORT_OFFSET, PROXIED_PORT_OFFSET, type ServiceName, serviceNames } from './shop-services';
