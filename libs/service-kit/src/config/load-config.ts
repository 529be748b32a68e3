import { existsSync } from 'node:fs';
import { z } from 'zod';
import type { ServiceDefinition } from '../service-definition';
import { describeIssue } from '../validation/describe-issue';
import { integerText } from '../validation/text-schemas';
import { callOptions, callsOf } from './calls-config';
import { ConfigError } from './config-error';
import { databaseContradictions, databaseOf, databaseOptions } from './database-config';
import { type Environment, readEnvironment } from './environment-files';
import { httpOf } from './http-config';
import { hasRoutingFeedOf } from './management-config';
import { isTracingOn, tracingProblems } from './tracing-config';
import { serviceOptions } from './service-options';
import { sessionContradictions, sessionsOf } from './sessions-config';
import { unknownVariables } from './unknown-variables';
import { type AuthConfig, DEVELOPMENT_JWT_SECRET, type ServiceConfig } from './service-config';

const portNumber = (fallback: number) => integerText({ min: 0, max: 65_535, fallback });
const secrets = new Set([
  'JWT_SECRET',
  'CONSISTENCY_TOKEN_KEYS',
  'DATABASE_PASSWORD',
  'DATABASE_MONITOR_PASSWORD',
]);

/** Reads `.env` in the working directory, if present. Variables that are already set take precedence. */
export function loadDotEnv(): void {
  if (existsSync('.env')) process.loadEnvFile('.env');
}

/**
 * Reads a service's settings. An empty variable counts as not set; NAME_FILE provides the content of a file
 * as NAME.
 *
 * @throws ConfigError naming every invalid option, not only the first; secrets are masked
 */
export function loadServiceConfig(definition: ServiceDefinition, environment: Environment): ServiceConfig {
  const variables = { port: definition.portVariable, managementPort: definition.managementPortVariable };
  const urlVariables = definition.calls.map(({ urlVariable }) => urlVariable);
  const names = [...Object.keys(serviceOptions), ...Object.values(variables), ...urlVariables];
  const { given, problems: fileProblems } = readEnvironment(environment, names);
  const parsed = z.object(serviceOptions).safeParse(given);
  const ports = z
    .object({
      port: portNumber(definition.defaultPort),
      managementPort: portNumber(definition.defaultManagementPort),
    })
    .safeParse({ port: given[variables.port], managementPort: given[variables.managementPort] });
  const urls = z.object(callOptions(definition.calls, given.NODE_ENV === 'production')).safeParse(given);
  const unknown = unknownVariables(given, names);

  const problems = [
    ...fileProblems,
    ...unknown.problems,
    ...invalidIn(parsed, given),
    ...invalidIn(ports, given, variables),
    ...invalidIn(urls, given),
    ...(ports.success ? portContradictions(variables, ports.data) : []),
    ...contradictions(given),
    ...tracingProblems(given),
  ];
  if (!parsed.success || !ports.success || !urls.success || problems.length > 0)
    throw new ConfigError(problems);

  const { data } = parsed;
  return {
    environment: data.NODE_ENV,
    // A service that trusts the development secret should not be reachable from the network.
    host: data.HOST ?? (data.NODE_ENV === 'production' ? '0.0.0.0' : '127.0.0.1'),
    ...ports.data,
    database: databaseOf(data),
    auth: authOf(data),
    calls: callsOf(definition.calls, urls.data),
    sessions: sessionsOf(data, data.JWT_SECRET),
    http: httpOf(data, data.NODE_ENV),
    hasRoutingFeed: hasRoutingFeedOf(data, data.NODE_ENV),
    isTracing: isTracingOn(given),
    drainDelayMs: data.DRAIN_DELAY_MS,
    drainTimeoutMs: data.DRAIN_TIMEOUT_MS,
    warnings: unknown.warnings,
  };
}

/**
 * Reads the database settings only, for a command that serves no requests.
 *
 * @throws ConfigError as loadServiceConfig does
 */
export function loadDatabaseConfig(environment: Environment): ServiceConfig['database'] {
  const { given, problems: fileProblems } = readEnvironment(environment, Object.keys(databaseOptions));
  const parsed = z.object(databaseOptions).safeParse(given);
  const problems = [
    ...fileProblems,
    // A command shares its environment with services, so it leaves their other options to them.
    ...unknownVariables(given, Object.keys(serviceOptions)).problems,
    ...invalidIn(parsed, given),
    ...databaseContradictions(given),
  ];
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return databaseOf(parsed.data);
}

function authOf(data: {
  JWT_SECRET?: string | undefined;
  JWKS_URL?: string | undefined;
  JWT_ISSUER?: string | undefined;
  JWT_AUDIENCE?: string | undefined;
}): AuthConfig {
  return {
    keys:
      data.JWKS_URL === undefined
        ? { secret: data.JWT_SECRET ?? DEVELOPMENT_JWT_SECRET }
        : { jwksUrl: new URL(data.JWKS_URL) },
    issuer: data.JWT_ISSUER,
    audience: data.JWT_AUDIENCE,
  };
}

interface Ports<T> {
  port: T;
  managementPort: T;
}

function portContradictions(variables: Ports<string>, { port, managementPort }: Ports<number>): string[] {
  if (port !== managementPort || port === 0) return [];
  return [
    `${variables.port} and ${variables.managementPort} are both ${port}: metrics and health details have a port of their own`,
  ];
}

/** Checks options that are valid individually and cannot work together. */
function contradictions(given: Environment): string[] {
  const problems = [...databaseContradictions(given), ...sessionContradictions(given)];
  if (given.JWT_SECRET !== undefined && given.JWKS_URL !== undefined) {
    problems.push(
      'JWT_SECRET and JWKS_URL are both set: tokens are verified with one of them, unset the other',
    );
  }
  if (given.NODE_ENV === 'production' && given.JWKS_URL === undefined) {
    if (given.JWT_SECRET === undefined) {
      problems.push('JWKS_URL is not set: production needs it, or a JWT_SECRET of its own');
    } else if (given.JWT_SECRET === DEVELOPMENT_JWT_SECRET) {
      problems.push('JWT_SECRET is the development secret, which is public: production needs one of its own');
    }
  }
  return problems;
}

/** `variables`: the variable of each field that is not called like its variable. */
function invalidIn(
  { error }: z.ZodSafeParseResult<unknown>,
  given: Environment,
  variables: Readonly<Record<string, string>> = {},
): string[] {
  return (error?.issues ?? []).map((issue) => {
    const field = String(issue.path[0]);
    return describeProblem(variables[field] ?? field, issue, given);
  });
}

function describeProblem(name: string, issue: z.core.$ZodIssue, given: Environment): string {
  const value = given[name];
  if (value === undefined) return `${name} is not set: ${notSetHints[name] ?? 'it is required'}`;
  // A malformed one may contain a password anywhere, so the message repeats none of it.
  if (name === 'DATABASE_URL') return `DATABASE_URL cannot be used: ${describeIssue(issue).message}`;
  return `${name} is ${masked(name, value)}: it ${describeIssue(issue).message}`;
}

const notSetHints: Record<string, string> = {
  DATABASE_URL:
    'name the database, as in postgres://user:password@host:5432/shop (npm start brings a database of its own)',
};

function masked(name: string, value: string): string {
  return secrets.has(name) ? `*** (${value.length} characters)` : `"${value}"`;
}
