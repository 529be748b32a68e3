interface ServiceFacts {
  readonly title: string;
  readonly description: string;
  /**
   * The default port; metrics and health details have the port that is {@link MANAGEMENT_PORT_OFFSET} higher.
   */
  readonly port: number;
  /** True: the service is not ready while nothing can be written. False: reading is enough. */
  readonly needsWrites: boolean;
  /** The services that it sends requests to. */
  readonly calls: readonly `${string}-service`[];
}

/**
 * Every service of the shop, by its name. All else that tells one service from another follows from these
 * facts: the variables of its ports, its database role, and its entries in nest-cli.json, in
 * docker-compose.yml and below docker/ and k8s/.
 */
export const shopServices = {
  'order-service': {
    title: 'Order service',
    description: 'Products, and orders placed, read and cancelled by their customer.',
    port: 3001,
    needsWrites: true,
    calls: [],
  },
  'history-service': {
    title: 'History service',
    description: 'What a customer has ordered so far. Reads only.',
    port: 3002,
    needsWrites: false,
    calls: ['order-service'],
  },
} as const satisfies Readonly<Record<`${string}-service`, ServiceFacts>>;

export type ServiceName = keyof typeof shopServices;

export const serviceNames = Object.keys(shopServices) as readonly ServiceName[];

export const MANAGEMENT_PORT_OFFSET = 100;

/** With the profile middleware, a service also runs behind Pgpool-II, on a port this much higher. */
export const PROXIED_PORT_OFFSET = 10;
