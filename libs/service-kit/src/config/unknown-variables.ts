import { closestMatch } from 'leven';
import type { Environment } from './environment-files';

/** Names that begin like this are meant for a service. */
const PREFIXES = ['DATABASE_', 'CONSISTENCY_'];

/**
 * Kubernetes sets these for a Service called `database` or `database-…`, as Docker did for links
 * (https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables).
 */
const INJECTED = /_SERVICE_(HOST|PORT(_\w+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/;
const INJECTED_ADDRESS = /^(tcp|udp|sctp):\/\//;

/** One typing error for each of these many characters still counts as the same name. */
const CHARACTERS_PER_ERROR = 4;

export interface UnknownVariables {
  /** A line for each name that resembles an option: a misspelt option would silently have no effect. */
  readonly problems: readonly string[];
  /** A line for each other name, which the platform or another program may have set. */
  readonly warnings: readonly string[];
}

/**
 * Finds variables that are named like options of a service but are none. `known`: the names of all options.
 */
export function unknownVariables(given: Environment, known: readonly string[]): UnknownVariables {
  const problems: string[] = [];
  const warnings: string[] = [];
  for (const [name, value = ''] of Object.entries(given)) {
    const prefix = PREFIXES.find((each) => name.startsWith(each));
    if (prefix === undefined || isKnown(name, known) || isInjected(name, value)) continue;
    const meant = meantBy(name, prefix, known);
    if (meant === undefined) warnings.push(`${name} has no effect: no option has this name`);
    else problems.push(`${name} is set: no option has this name, did you mean ${meant}?`);
  }
  return { problems, warnings };
}

function isKnown(name: string, known: readonly string[]): boolean {
  return known.includes(name) || known.includes(withoutFile(name));
}

function isInjected(name: string, value: string): boolean {
  return INJECTED.test(name) || (name.endsWith('_PORT') && INJECTED_ADDRESS.test(value));
}

/** Returns the option that differs by few characters, or by a missing end such as `_MS`. */
function meantBy(name: string, prefix: string, known: readonly string[]): string | undefined {
  const bare = withoutFile(name);
  const maxDistance = Math.floor((bare.length - prefix.length) / CHARACTERS_PER_ERROR);
  const candidates = known.filter((each) => each.startsWith(prefix));
  const meant =
    candidates.find((each) => each.startsWith(`${bare}_`)) ??
    (maxDistance === 0 ? undefined : closestMatch(bare, candidates, { maxDistance }));
  return meant === undefined || bare === name ? meant : `${meant}_FILE`;
}

function withoutFile(name: string): string {
  return name.replace(/_FILE$/, '');
}
