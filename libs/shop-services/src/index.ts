export { serviceDefinition, urlVariable, variablePrefix } from './service-definition';
export { type ServiceRole, serviceRole, serviceRoles } from './service-role';
export { MANAGEMENT_PORT_OFFSET, type ServiceName, serviceNames } from './shop-services';
