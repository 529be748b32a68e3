import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { parse } from 'yaml';

interface ComposeFile {
  readonly services: Readonly<
    Record<string, { readonly ports?: readonly string[]; readonly profiles?: string[] }>
  >;
}

/** The suite does not start the profile observability, whose images are not built here. */
const OTHER_PROFILE = 'observability';
const PUBLISHED = /\$\{(\w+_PORT):-(\d+)\}/;

/** The ports that docker-compose.yml publishes, by the variable that sets each. */
function publishedPorts(): Map<string, number> {
  const { services } = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as ComposeFile;
  const texts = Object.values(services)
    .filter(({ profiles = [] }) => !profiles.includes(OTHER_PROFILE))
    .flatMap(({ ports = [] }) => ports);
  return new Map(
    texts.flatMap((text) => {
      const [, name, port] = PUBLISHED.exec(text) ?? [];
      if (name === undefined) return [];
      const given = process.env[name] ?? '';
      return [[name, Number(given === '' ? port : given)] as const];
    }),
  );
}

/** @throws Error when docker-compose.yml does not publish it */
export function portOf(name: string): number {
  const port = publishedPorts().get(name);
  if (port === undefined) throw new Error(`docker-compose.yml publishes no ${name}`);
  return port;
}

/** One line for each port that is already in use. */
export async function takenPorts(): Promise<string[]> {
  const ports = [...publishedPorts()];
  const isTaken = await Promise.all(ports.map(([, port]) => isPortTaken(port)));
  return ports
    .filter((_, index) => isTaken[index])
    .map(
      ([name, port]) =>
        `port ${port} is in use: stop the program that listens there, or set ${name} to a free port`,
    );
}

async function isPortTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(true));
    server.listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve(false)));
  });
}
