import type { NodeAddress, RoutedPoolOptions } from 'db-routing';
import { z } from 'zod';
import type { Environment } from './environment-files';
import { pairsIn, pairsText } from './pairs';

type BalancerName = Extract<RoutedPoolOptions['balancer'], string>;

/** Every balancer of the pool; the compiler checks that the list is complete. */
const BALANCERS = {
  'two-choices': 'two-choices',
  'round-robin': 'round-robin',
  random: 'random',
  'least-loaded': 'least-loaded',
  weighted: 'weighted',
} as const satisfies { [Name in BalancerName]: Name };

const MIN_WEIGHT = 1;
const MAX_WEIGHT = 1_000;

/** The format of Kubernetes label values, which zones are. */
const ZONE = /^[\w.-]{1,63}$/;

/** Selects which of the fit replicas serves a read. */
export const balancingOptions = {
  DATABASE_BALANCER: z.enum(BALANCERS).default('two-choices'),
  DATABASE_WEIGHTS: pairsText({
    valueOf: weightOf,
    shape: `host:port=weight, or several with commas between: each node once, weights whole numbers from ${MIN_WEIGHT} to ${MAX_WEIGHT}`,
  }),
  DATABASE_ZONE: z
    .string()
    .regex(ZONE, { error: zoneShape('must be') })
    .optional(),
  DATABASE_ZONES: pairsText({
    valueOf: (text) => (ZONE.test(text) ? text : undefined),
    shape: `host:port=zone, or several with commas between: each node once, ${zoneShape('zones')}`,
  }),
};

export function balancingOf(data: z.infer<z.ZodObject<typeof balancingOptions>>) {
  return {
    balancer: data.DATABASE_BALANCER,
    weights: data.DATABASE_WEIGHTS,
    zone: data.DATABASE_ZONE,
    zones: data.DATABASE_ZONES,
  } satisfies Partial<RoutedPoolOptions>;
}

/**
 * Checks options that are valid individually and have no effect together. `nodes`: the nodes of the URL when
 * they are the only ones; undefined when discovery finds others.
 */
export function balancingContradictions(
  given: Environment,
  nodes: readonly NodeAddress[] | undefined,
): string[] {
  const problems: string[] = [];
  const { DATABASE_WEIGHTS: weights, DATABASE_BALANCER: balancer } = given;
  if (weights !== undefined && balancer !== 'weighted') {
    problems.push(
      'DATABASE_WEIGHTS is set: DATABASE_BALANCER must be weighted then, no other balancer asks for weights',
    );
  }
  if (weights === undefined && balancer === 'weighted') {
    problems.push('DATABASE_BALANCER is "weighted": DATABASE_WEIGHTS must be set then, as in host:port=3');
  }
  if ((given.DATABASE_ZONE === undefined) !== (given.DATABASE_ZONES === undefined)) {
    problems.push('DATABASE_ZONE and DATABASE_ZONES must be set together');
  }
  if (nodes === undefined) return problems;
  const names = nodes.map(({ name }) => name);
  const hosts = nodes.map(({ host }) => host);
  return [
    ...problems,
    ...strangers(given, 'DATABASE_WEIGHTS', names),
    ...strangers(given, 'DATABASE_ZONES', names, hosts),
  ];
}

function strangers(
  given: Environment,
  variable: string,
  names: readonly string[],
  hosts: readonly string[] = [],
): string[] {
  const known = new Set([...names, ...hosts]);
  return pairsIn(given[variable] ?? '')
    .filter(({ name }) => !known.has(name))
    .map(
      ({ name }) =>
        `${variable} is "${given[variable]}": ${name} must be one of the nodes of DATABASE_URL, ${names.join(', ')}`,
    );
}

function weightOf(text: string): number | undefined {
  const weight = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  return weight >= MIN_WEIGHT && weight <= MAX_WEIGHT ? weight : undefined;
}

function zoneShape(subject: string): string {
  return `${subject} 1 to 63 letters, digits, -, _ or .`;
}
