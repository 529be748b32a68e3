import { serviceDefinition, type ServiceName, serviceNames } from '@app/shop-services';

/** The settings of `npm start`. */
export interface StartSettings {
  readonly services: Readonly<Record<ServiceName, ServicePorts>>;
  /** The first primary's port; the replicas use the following ports. */
  readonly clusterPort: number;
  /** The port on loopback for the metrics of the nodes. */
  readonly clusterManagementPort: number;
  /** The port of the console, which listens on the loopback address only. */
  readonly consolePort: number;
  /** The address that the services listen on. */
  readonly host: string;
  /** Whether to start with an empty database. */
  readonly reset: boolean;
  /** Whether to rebuild and restart the services when a source file changes. */
  readonly watch: boolean;
}

export interface ServicePorts {
  readonly port: number;
  /** For metrics and health details. */
  readonly managementPort: number;
}

/** An error that the user can fix: shown as it is, without a stack. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

export const REPLICAS = 2;
/** The variable of {@link StartSettings.clusterManagementPort}. */
export const CLUSTER_MANAGEMENT_PORT = 'CLUSTER_MANAGEMENT_PORT';
export const DEFAULT_CLUSTER_MANAGEMENT_PORT = 3100;
export const CONSOLE_PORT_VARIABLE = 'CONSOLE_PORT';
/** Where the console and the nodes' metrics listen: they are for this machine only. */
export const LOOPBACK = '127.0.0.1';
const DEFAULT_CONSOLE_PORT = 3000;
const FLAGS = ['--reset', '--watch'];

/** @throws StartError naming the invalid variable or flag */
export function readSettings(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): StartSettings {
  const unknown = argv.find((argument) => !FLAGS.includes(argument));
  if (unknown !== undefined) {
    throw new StartError(
      `${unknown} is not an option; there are ${FLAGS.join(' and ')} (npm start -- --reset).`,
    );
  }
  const port = (name: string, fallback: number) => readPort(name, environment[name], fallback);
  const settings = {
    services: Object.fromEntries(
      serviceNames.map((name) => {
        const { portVariable, defaultPort, managementPortVariable, defaultManagementPort } =
          serviceDefinition(name);
        const ports: ServicePorts = {
          port: port(portVariable, defaultPort),
          managementPort: port(managementPortVariable, defaultManagementPort),
        };
        return [name, ports];
      }),
    ) as Record<ServiceName, ServicePorts>,
    clusterPort: port('CLUSTER_PORT', 54_320),
    clusterManagementPort: port(CLUSTER_MANAGEMENT_PORT, DEFAULT_CLUSTER_MANAGEMENT_PORT),
    consolePort: port(CONSOLE_PORT_VARIABLE, DEFAULT_CONSOLE_PORT),
    host: environment.HOST === undefined || environment.HOST === '' ? LOOPBACK : environment.HOST,
    reset: argv.includes('--reset'),
    watch: argv.includes('--watch'),
  };
  requireDistinct(settings);
  return settings;
}

/** The ports of all services, keyed by the variable that sets each. */
export function servicePorts({ services }: StartSettings): Record<string, number> {
  const definitions = serviceNames.map(serviceDefinition);
  return Object.fromEntries([
    ...serviceNames.map((name, n) => [definitions[n]?.portVariable, services[name].port]),
    ...serviceNames.map((name, n) => [definitions[n]?.managementPortVariable, services[name].managementPort]),
  ]) as Record<string, number>;
}

function readPort(name: string, value: string | undefined, fallback: number): number {
  if (value === undefined || value === '') return fallback;
  const port = Number(value);
  if (/^\d+$/.test(value) && port >= 1 && port <= 65_535) return port;
  throw new StartError(`${name} is "${value}"; it must be a port, from 1 to 65535.`);
}

function requireDistinct(settings: StartSettings): void {
  const { clusterPort } = settings;
  const last = clusterPort + REPLICAS;
  if (last > 65_535) {
    throw new StartError(
      `CLUSTER_PORT is ${clusterPort}; the replicas take the next ones, so it must be at most ${65_535 - REPLICAS}.`,
    );
  }
  const names = new Map<number, string>();
  const ports = {
    ...servicePorts(settings),
    [CLUSTER_MANAGEMENT_PORT]: settings.clusterManagementPort,
    [CONSOLE_PORT_VARIABLE]: settings.consolePort,
  };
  for (const [name, port] of Object.entries(ports)) {
    const other = names.get(port);
    if (other !== undefined) throw new StartError(`${other} and ${name} are both ${port}.`);
    names.set(port, name);
    if (port >= clusterPort && port <= last) {
      throw new StartError(
        `${name} is ${port}, which the database takes: CLUSTER_PORT is ${clusterPort}, and it needs ${clusterPort} to ${last}.`,
      );
    }
  }
}
