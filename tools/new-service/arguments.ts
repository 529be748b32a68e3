import { parseArgs } from 'node:util';
import { Refusal } from './refusal';

export const USAGE = `usage: npm run new:service -- <name> [--port <port>]

Makes apps/<name>-service, which lists the products, and adds it wherever the services are named: its facts,
database role, grants, containers, Kubernetes manifests, Prometheus target and settings.

  <name>         small letters, digits and hyphens: warehouse, gift-cards
  --port <port>  its public port; the management port is 100 higher. Default: the next free one
  --help         shows this`;

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
/** A name of Kubernetes objects and database roles has at most 63 characters, with what is added to it. */
const MAX_NAME_LENGTH = 40;
const MIN_PORT = 1_024;
/** The management port must be a port, too. */
const MAX_PORT = 65_435;

export interface NewServiceArguments {
  /** With the ending `-service`. */
  readonly service: string;
  readonly port: number | undefined;
}

/**
 * @returns undefined when help is asked for
 * @throws Refusal naming the argument, its value and what is allowed
 */
export function readArguments(argv: readonly string[]): NewServiceArguments | undefined {
  const { positionals, values } = parsed(argv);
  if (values.help === true) return undefined;
  const [name, second] = positionals;
  if (name === undefined) throw new Refusal(USAGE);
  if (second !== undefined) throw new Refusal(`${second} is one name too many.\n\n${USAGE}`);
  return { service: serviceOf(name), port: values.port === undefined ? undefined : portOf(values.port) };
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { help: { type: 'boolean', short: 'h' }, port: { type: 'string' } },
    });
  } catch (error) {
    throw new Refusal(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
}

function serviceOf(given: string): string {
  const name = given.replace(/-service$/, '');
  if (!NAME.test(name) || name === 'service') {
    throw new Refusal(
      `The name is "${given}"; it must be small letters, digits and single hyphens, ` +
        `and begin with a letter: warehouse, gift-cards.`,
    );
  }
  if (name.length > MAX_NAME_LENGTH) {
    throw new Refusal(
      `The name has ${name.length} characters ("${given}"); it may have ${MAX_NAME_LENGTH} at most.`,
    );
  }
  return `${name}-service`;
}

function portOf(given: string): number {
  const port = Number(given);
  if (/^\d+$/.test(given) && port >= MIN_PORT && port <= MAX_PORT) return port;
  throw new Refusal(`--port is "${given}"; it must be a port from ${MIN_PORT} to ${MAX_PORT}.`);
}
