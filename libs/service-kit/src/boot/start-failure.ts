import { createServer } from 'node:net';
import { RoutingError } from '@app/db-routing';
import { ConfigError } from '../config/config-error';
import type { ServiceConfig } from '../config/service-config';
import type { ServiceDefinition } from '../service-definition';

/**
 * Binds the port and gives it back, before anything else is started.
 *
 * @throws ConfigError naming the variable and the port when it is taken or not allowed
 */
export async function requireFreePort(
  { portVariable }: ServiceDefinition,
  config: ServiceConfig,
): Promise<void> {
  const { host, port } = config;
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject);
    probe.listen({ host, port }, resolve);
  }).catch((error: unknown) => {
    throw portError(error as NodeJS.ErrnoException, portVariable, config) ?? error;
  });
  await new Promise((resolve) => probe.close(resolve));
}

function portError(
  { code = '' }: NodeJS.ErrnoException,
  portVariable: string,
  { host, port }: ServiceConfig,
): ConfigError | undefined {
  const problems: Partial<Record<string, string>> = {
    EADDRINUSE:
      `${portVariable} is ${port}: something listens on ${host}:${port} already; ` +
      `stop it, or set ${portVariable} to a free port`,
    EACCES: `${portVariable} is ${port}: this user may not listen on it; set it to 1024 or above`,
    EADDRNOTAVAIL: `HOST is "${host}": this machine has no such address`,
    ENOTFOUND: `HOST is "${host}": it cannot be resolved`,
  };
  const problem = problems[code];
  return problem === undefined ? undefined : new ConfigError([problem]);
}

/** Why a service could not start: one line for what a person can put right, the whole stack for a bug. */
export function describeStartFailure(error: unknown): string[] {
  if (error instanceof ConfigError) return [...error.problems];
  // Errors with a code come from the system or the database, and their message says what to do.
  if (error instanceof RoutingError || (error instanceof Error && 'code' in error)) return [error.message];
  return [error instanceof Error ? (error.stack ?? error.message) : String(error)];
}
