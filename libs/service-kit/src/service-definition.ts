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
}

/** Injects the ServiceDefinition. */
export const SERVICE_DEFINITION = Symbol('SERVICE_DEFINITION');
