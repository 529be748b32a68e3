/** What `npm start` was asked for. */
export interface StartSettings {
  readonly orderPort: number;
  readonly historyPort: number;
  /** The first primary's; the replicas take the next ones. */
  readonly clusterPort: number;
  /** Address the services listen on. */
  readonly host: string;
  /** Begin with an empty database. */
  readonly reset: boolean;
  /** Rebuild and restart the services when a source file changes. */
  readonly watch: boolean;
}

/** Something the user can put right: shown as it is, without a stack. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

export const REPLICAS = 2;
const FLAGS = ['--reset', '--watch'];

/** @throws StartError naming the variable or the flag that cannot work */
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
    orderPort: port('ORDER_PORT', 3001),
    historyPort: port('HISTORY_PORT', 3002),
    clusterPort: port('CLUSTER_PORT', 54_320),
    host: environment.HOST === undefined || environment.HOST === '' ? '127.0.0.1' : environment.HOST,
    reset: argv.includes('--reset'),
    watch: argv.includes('--watch'),
  };
  requireDistinct(settings);
  return settings;
}

function readPort(name: string, value: string | undefined, fallback: number): number {
  if (value === undefined || value === '') return fallback;
  const port = Number(value);
  if (/^\d+$/.test(value) && port >= 1 && port <= 65_535) return port;
  throw new StartError(`${name} is "${value}"; it must be a port, from 1 to 65535.`);
}

function requireDistinct({ orderPort, historyPort, clusterPort }: StartSettings): void {
  const last = clusterPort + REPLICAS;
  if (last > 65_535) {
    throw new StartError(
      `CLUSTER_PORT is ${clusterPort}; the replicas take the next ones, so it must be at most ${65_535 - REPLICAS}.`,
    );
  }
  if (orderPort === historyPort) throw new StartError(`ORDER_PORT and HISTORY_PORT are both ${orderPort}.`);
  for (const [name, port] of [
    ['ORDER_PORT', orderPort],
    ['HISTORY_PORT', historyPort],
  ] as const) {
    if (port >= clusterPort && port <= last) {
      throw new StartError(
        `${name} is ${port}, which the database takes: CLUSTER_PORT is ${clusterPort}, and it needs ${clusterPort} to ${last}.`,
      );
    }
  }
}
