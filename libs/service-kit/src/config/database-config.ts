import {
  ConfigurationError,
  connectionNodes,
  type NodeAddress,
  type RoutedPoolOptions,
  type RoutingRule,
} from 'db-routing';
import { z } from 'zod';
import { integerText, jsonText, namesText, optionalIntegerText } from '../validation/text-schemas';
import { balancingContradictions, balancingOf, balancingOptions } from './balancing-config';
import type { Environment } from './environment-files';
import { limitContradictions, limitOptions, limitsOf, SEVERAL_NODES_ONLY } from './limits-config';
import type { ServiceConfig } from './service-config';

const DEFAULT_MAX_STALENESS_MS = 10_000;

export const databaseOptions = {
  DATABASE_URL: z.string().superRefine((url, context) => {
    const { problem } = nodesIn(url);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  }),
  DATABASE_PASSWORD: z.string().optional(),
  DATABASE_MONITOR_USER: z.string().optional(),
  DATABASE_MONITOR_PASSWORD: z.string().optional(),
  DATABASE_SYSTEM_ID: z.string().optional(),
  DATABASE_ROUTING: z.enum(['on', 'off']).default('on'),
  DATABASE_MAX_STALENESS_MS: integerText({ min: 1_000, max: 3_600_000, fallback: DEFAULT_MAX_STALENESS_MS }),
  DATABASE_PROBE_INTERVAL_MS: optionalIntegerText({ min: 50, max: 60_000 }),
  ...balancingOptions,
  DATABASE_HEDGING: z.enum(['on', 'off']).default('off'),
  DATABASE_GROUPS: jsonText(),
  DATABASE_RULES: jsonText(),
  DATABASE_TRUSTED_FUNCTIONS: namesText(),
  DATABASE_CATALOG_REFRESH_MS: integerText({ min: 1_000, max: 86_400_000, fallback: 60_000 }),
  DATABASE_START_TIMEOUT_MS: integerText({ min: 1, max: 600_000, fallback: 30_000 }),
  DATABASE_REQUEST_BUDGET_MS: integerText({ min: 1, max: 600_000, fallback: 2_500 }),
  DATABASE_DISCOVERY: z.enum(['static', 'dns', 'srv']).default('static'),
  DATABASE_DISCOVERY_INTERVAL_MS: integerText({ min: 100, max: 600_000, fallback: 5_000 }),
  ...limitOptions,
  DATABASE_POOLER: z.enum(['none', 'transaction']).default('none'),
};

/** Sends every statement, reads included, to one endpoint, and what is behind it decides the rest. */
const ROUTING_OFF: readonly RoutingRule[] = [{ name: 'routing-off', role: 'primary' }];

/** A proxy connects to every node before it answers and detects the primary itself, so allow it time. */
const PROXY_PROBE_INTERVAL_MS = 3_000;

/** The pool cannot observe a staleness below this many probe intervals. */
const PROBES_PER_STALENESS = 2;

const USER_WITHOUT_PASSWORD = /^(postgres(?:ql)?:\/\/[^:@/]*)@/;

export function databaseOf(data: z.infer<z.ZodObject<typeof databaseOptions>>): ServiceConfig['database'] {
  const { DATABASE_MONITOR_USER: user, DATABASE_MONITOR_PASSWORD: password } = data;
  const isRouting = data.DATABASE_ROUTING === 'on';
  return {
    url: withPassword(data.DATABASE_URL, data.DATABASE_PASSWORD),
    monitor: user !== undefined && password !== undefined ? { user, password } : undefined,
    systemId: data.DATABASE_SYSTEM_ID,
    maxStalenessMs: data.DATABASE_MAX_STALENESS_MS,
    ...balancingOf(data),
    hedging: data.DATABASE_HEDGING === 'on' ? {} : undefined,
    // The JSON as given: the pool checks it, and describeStartFailure() names the variable.
    groups: data.DATABASE_GROUPS as RoutedPoolOptions['groups'],
    rules: isRouting ? (data.DATABASE_RULES as RoutedPoolOptions['rules']) : ROUTING_OFF,
    probeIntervalMs: data.DATABASE_PROBE_INTERVAL_MS ?? (isRouting ? undefined : PROXY_PROBE_INTERVAL_MS),
    trustedFunctions: data.DATABASE_TRUSTED_FUNCTIONS,
    catalogRefreshMs: data.DATABASE_CATALOG_REFRESH_MS,
    startTimeoutMs: data.DATABASE_START_TIMEOUT_MS,
    requestBudgetMs: data.DATABASE_REQUEST_BUDGET_MS,
    discovery: data.DATABASE_DISCOVERY,
    discoveryIntervalMs: data.DATABASE_DISCOVERY_INTERVAL_MS,
    ...limitsOf(data),
    pooler: data.DATABASE_POOLER === 'none' ? undefined : data.DATABASE_POOLER,
  };
}

/** Checks options that are valid individually and cannot work together. */
export function databaseContradictions(given: Environment): string[] {
  const problems = [...limitContradictions(given), ...probingContradictions(given)];
  const { DATABASE_URL: url = '' } = given;
  if ((given.DATABASE_MONITOR_USER === undefined) !== (given.DATABASE_MONITOR_PASSWORD === undefined)) {
    problems.push('DATABASE_MONITOR_USER and DATABASE_MONITOR_PASSWORD must be set together');
  }
  if (url !== '' && given.DATABASE_PASSWORD !== undefined && !USER_WITHOUT_PASSWORD.test(url)) {
    problems.push(
      'DATABASE_PASSWORD is set: DATABASE_URL must name a user and no password then, as in postgres://user@host:5432/shop',
    );
  }
  if (given.DATABASE_ROUTING === 'off') return [...problems, ...withoutRouting(given, url)];
  const isStatic = (given.DATABASE_DISCOVERY ?? 'static') === 'static';
  return [...problems, ...balancingContradictions(given, isStatic ? nodesIn(url).nodes : undefined)];
}

function withoutRouting(given: Environment, url: string): string[] {
  const problems: string[] = [];
  if (given.DATABASE_HEDGING === 'on') {
    problems.push(
      'DATABASE_ROUTING is off: DATABASE_HEDGING must be off then, as there is no second node to ask',
    );
  }
  if ((nodesIn(url).nodes?.length ?? 1) > 1) {
    problems.push('DATABASE_ROUTING is off: DATABASE_URL must name one host then, the endpoint that routes');
  }
  const unused = [
    'DATABASE_RULES',
    'DATABASE_GROUPS',
    ...Object.keys(balancingOptions),
    ...SEVERAL_NODES_ONLY,
  ];
  for (const name of unused) {
    if (given[name] !== undefined)
      problems.push(`DATABASE_ROUTING is off: ${name} has no effect then, unset it`);
  }
  return problems;
}

/** The pool refuses this too, but names its own options. */
function probingContradictions(given: Environment): string[] {
  const { DATABASE_MAX_STALENESS_MS: staleness = String(DEFAULT_MAX_STALENESS_MS) } = given;
  const interval =
    given.DATABASE_PROBE_INTERVAL_MS ?? (given.DATABASE_ROUTING === 'off' ? PROXY_PROBE_INTERVAL_MS : 0);
  const least = PROBES_PER_STALENESS * Number(interval);
  if (!(Number(staleness) < least)) return [];
  return [
    `DATABASE_MAX_STALENESS_MS is "${staleness}": it must be at least ${least}, twice DATABASE_PROBE_INTERVAL_MS`,
  ];
}

function nodesIn(url: string): { readonly nodes?: readonly NodeAddress[]; readonly problem?: string } {
  try {
    return { nodes: connectionNodes(url) };
  } catch (error) {
    if (error instanceof ConfigurationError) return { problem: error.limit };
    throw error;
  }
}

function withPassword(url: string, password: string | undefined): string {
  if (password === undefined) return url;
  return url.replace(USER_WITHOUT_PASSWORD, (_, user: string) => `${user}:${encodeURIComponent(password)}@`);
}
