import { createServer } from 'node:net';

/** The ports that docker-compose.yml publishes: variable and default. */
const PORTS = {
  ORDER_PORT: 3001,
  HISTORY_PORT: 3002,
  ORDER_MANAGEMENT_PORT: 3101,
  HISTORY_MANAGEMENT_PORT: 3102,
  ORDER_PROXIED_PORT: 3011,
  HISTORY_PROXIED_PORT: 3012,
  PGPOOL_PORT: 54329,
  POSTGRES_1_PORT: 54_320,
  POSTGRES_2_PORT: 54_321,
  POSTGRES_3_PORT: 54_322,
};
export type PortVariable = keyof typeof PORTS;

export function portOf(name: PortVariable): number {
  const value = process.env[name];
  return value === undefined || value === '' ? PORTS[name] : Number(value);
}

/** One line for each port that is already in use. */
export async function takenPorts(): Promise<string[]> {
  const names = Object.keys(PORTS) as PortVariable[];
  const isTaken = await Promise.all(names.map((name) => isPortTaken(portOf(name))));
  return names
    .filter((_, index) => isTaken[index])
    .map(
      (name) =>
        `port ${portOf(name)} is in use: stop the program that listens there, or set ${name} to a free port`,
    );
}

async function isPortTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(true));
    server.listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve(false)));
  });
}
