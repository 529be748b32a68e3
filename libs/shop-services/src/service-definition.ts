import type { ServiceDefinition } from '@app/service-kit';
import { MANAGEMENT_PORT_OFFSET, PROXIED_PORT_OFFSET, type ServiceName, shopServices } from './shop-services';

/** What the service kit needs to know about a service, to boot it. */
export function serviceDefinition(name: ServiceName): ServiceDefinition {
  const { title, description, port, needsWrites } = shopServices[name];
  const calls: readonly ServiceName[] = shopServices[name].calls;
  return {
    name,
    title,
    description,
    ...portsOf(name, port),
    needsWrites,
    calls: calls.map((called) => ({
      name: called,
      urlVariable: urlVariable(called),
      defaultUrl: `http://127.0.0.1:${shopServices[called].port}`,
    })),
  };
}

/** A service's ports, and the variables that set them. `port`: the public one, by default. */
export function portsOf(name: string, port: number) {
  return {
    portVariable: `${variablePrefix(name)}_PORT`,
    defaultPort: port,
    managementPortVariable: `${variablePrefix(name)}_MANAGEMENT_PORT`,
    defaultManagementPort: port + MANAGEMENT_PORT_OFFSET,
  };
}

/** The port that docker-compose.yml publishes for the service behind Pgpool-II, and its variable. */
export function proxiedPortOf(name: string, port: number): { variable: string; port: number } {
  return { variable: `${variablePrefix(name)}_PROXIED_PORT`, port: port + PROXIED_PORT_OFFSET };
}

/** The variable that tells other services where this one is: `ORDER_SERVICE_URL`. */
export function urlVariable(name: ServiceName): string {
  return `${variablePrefix(name)}_SERVICE_URL`;
}

/** What the names of a service's variables begin with: `ORDER` for `order-service`. */
function variablePrefix(name: string): string {
  return name
    .replace(/-service$/, '')
    .replaceAll('-', '_')
    .toUpperCase();
}
