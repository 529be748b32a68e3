import { createServer } from 'node:net';
import { ConfigurationError, RoutingError } from 'db-routing';
import { ConfigError } from '../config/config-error';
import { databaseOptions } from '../config/database-config';
import type { ServiceConfig } from '../config/service-config';
import type { ServiceDefinition } from '../service-definition';

/**
 * Binds the ports and releases them, before anything else starts.
 *
 * @throws ConfigError naming the variable and the port when a port is taken or not allowed
 */
export async function requireFreePorts(
  { portVariable, managementPortVariable }: ServiceDefinition,
  { host, port, managementPort }: ServiceConfig,
): Promise<void> {
  await requireFreePort(portVariable, { host, port });
  await requireFreePort(managementPortVariable, { host, port: managementPort });
}

async function requireFreePort(variable: string, address: Address): Promise<void> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(address, resolve);
  }).catch((error: unknown) => {
    throw portError(error as NodeJS.ErrnoException, variable, address) ?? error;
  });
  await new Promise((resolve) => probe.close(resolve));
}

interface Address {
  readonly host: string;
  readonly port: number;
}

function portError(
  { code = '' }: NodeJS.ErrnoException,
  variable: string,
  { host, port }: Address,
): ConfigError | undefined {
  const problems: Partial<Record<string, string>> = {
    EADDRINUSE:
      `${variable} is ${port}: something listens on ${host}:${port} already; ` +
      `stop it, or set ${variable} to a free port`,
    EACCES: `${variable} is ${port}: this user may not listen on it; set it to 1024 or above`,
    EADDRNOTAVAIL: `HOST is "${host}": this machine has no such address`,
    ENOTFOUND: `HOST is "${host}": it cannot be resolved`,
  };
  const problem = problems[code];
  return problem === undefined ? undefined : new ConfigError([problem]);
}

/** Pool options whose variable is not the option's own name in capitals, after DATABASE_. */
const OTHER_VARIABLES: Readonly<Partial<Record<string, string>>> = {
  monitor: 'DATABASE_MONITOR_USER',
  consistencyTokens: 'CONSISTENCY_TOKEN_KEYS',
};

/** `rules[0].role` is part of the value of DATABASE_RULES. */
function inVariable(option: string): string {
  const [name = option] = /^\w+/.exec(option) ?? [];
  return `${variableOf(name)}${option.slice(name.length)}`;
}

/** Returns the variable that sets a pool option; the option itself when none does. */
function variableOf(option: string): string {
  const variable = `DATABASE_${option.replace(/[A-Z]/g, '_$&').toUpperCase()}`;
  return OTHER_VARIABLES[option] ?? (variable in databaseOptions ? variable : option);
}

/**
 * Explains why a service, or a command that uses its settings, could not start: one line for what a person
 * can fix, the whole stack for a bug.
 */
export function describeStartFailure(error: unknown): string[] {
  if (error instanceof ConfigError) return [...error.problems];
  if (error instanceof ConfigurationError) {
    return [new ConfigurationError(inVariable(error.option), error.value, error.limit).message];
  }
  // Errors with a code come from the system or the database, and their message says what to do.
  if (error instanceof RoutingError || (error instanceof Error && 'code' in error)) return [error.message];
  return [error instanceof Error ? (error.stack ?? error.message) : String(error)];
}
