/** What distinguishes one service from another at boot. */
export interface ServiceDefinition {
  /** Names the service in logs, in the database's list of connections, and in messages. */
  name: string;
  title: string;
  description: string;
  /** The environment variable that sets the port, for example `ORDER_PORT`. */
  portVariable: string;
  defaultPort: number;
  /** The variable for the port that serves metrics and health details. */
  managementPortVariable: string;
  defaultManagementPort: number;
  /** True: the service is not ready while nothing can be written. False: reading is enough. */
  needsWrites: boolean;
  /** The services that it sends requests to. */
  calls: readonly CalledService[];
}

/** A service that another one sends requests to. */
export interface CalledService {
  /** Names it in messages, and in the configuration's `calls`. */
  name: string;
  /** The environment variable that says where it is, for example `ORDER_SERVICE_URL`. */
  urlVariable: string;
  /** Where it is outside production if the variable is not set. */
  defaultUrl: string;
}

/** Injects the ServiceDefinition. */
export const SERVICE_DEFINITION = Symbol('SERVICE_DEFINITION');
