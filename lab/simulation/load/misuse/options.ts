import { bounded, ReadConsistency, readFrom, ReadFrom, withReadConsistency } from 'db-routing';
import { resolveOptions } from '../../library';
import type { Mistake } from './mistake';

const GOOD = { url: 'postgres://app:secret@a:5432,b:5432/shop' };

function option(what: string, bad: object, says: RegExp): Mistake {
  return {
    what,
    act: () => resolveOptions({ ...GOOD, ...bad }),
    error: 'ConfigurationError',
    says,
  };
}

const never = () => Promise.resolve();

class Decorated {
  list(): Promise<string> {
    return Promise.resolve('listed');
  }
}

const method = () =>
  Object.getOwnPropertyDescriptor(Decorated.prototype, 'list') as TypedPropertyDescriptor<() => never>;

/** Options and arguments that cannot work. */
export const OPTION_MISUSES: readonly Mistake[] = [
  option(
    'a balancer that there is not',
    { balancer: 'best' },
    /^balancer is 'best': must be one of two-choices/,
  ),
  option(
    'a way to find nodes that there is not',
    { discovery: 'magic' },
    /^discovery is 'magic': must be one of/,
  ),
  option('an identifier that is no number', { systemId: 'x1' }, /^systemId is 'x1': must be a number/),
  option(
    'a percentile of 1',
    { hedging: { percentile: 1 } },
    /^hedging\.percentile is 1: must be at least 0\.5/,
  ),
  option('a hedge at once', { hedging: { minDelayMs: 0 } }, /^hedging\.minDelayMs is 0: must be at least 1/),
  option('no share for hedges', { hedging: { maxShare: 0 } }, /^hedging\.maxShare is 0: must be above 0/),
  option('groups that are a list', { groups: [] }, /^groups is .*must be an object/),
  option(
    'a group that is called primary',
    { groups: { primary: {} } },
    /^groups\.primary is 'primary': is not a valid name/,
  ),
  option(
    'a group of a node that is not listed',
    { groups: { one: { nodes: ['x:1'] } } },
    /^groups\.one\.nodes\[0\] is 'x:1': must be one of/,
  ),
  option(
    'a staleness that no probe can see',
    { groups: { one: { maxStalenessMs: 1 } } },
    /^groups\.one\.maxStalenessMs is 1: must be at least/,
  ),
  option(
    'a limit for no one',
    { groups: { one: { maxConcurrent: 0 } } },
    /^groups\.one\.maxConcurrent is 0: must be at least 1/,
  ),
  option(
    'a service whose level is not known',
    { readConsistency: 'exact' },
    /^read consistency is 'exact': must be one of strong/,
  ),
  option(
    'a rule of a group that is not configured',
    { groups: { one: {} }, rules: [{ group: 'two' }] },
    /^rules\[0\]\.group is 'two': must be one of the groups: one/,
  ),
  {
    what: 'a level that there is not',
    act: () => withReadConsistency('exact' as 'strong', never),
    error: 'ConfigurationError',
    says: /^read consistency is 'exact': must be one of strong, session, bounded, eventual/,
  },
  {
    what: 'a bound of half a millisecond',
    act: () => bounded({ maxStalenessMs: 0.5 }),
    error: 'ConfigurationError',
    says: /^bounded maxStalenessMs is 0\.5: must be a whole number of at least 1/,
  },
  {
    what: 'a group without a name',
    act: () => readFrom('', never),
    error: 'ConfigurationError',
    says: /^ReadFrom group is '': must not be empty/,
  },
  {
    what: 'a decorator with a bound of 0',
    act: () => {
      ReadFrom('reporting', { maxStalenessMs: 0 })(Decorated.prototype, 'list', method());
    },
    error: 'ConfigurationError',
    says: /^ReadFrom maxStalenessMs is 0: must be a whole number/,
  },
  {
    what: 'a decorator with a level that there is not',
    act: () => {
      ReadFrom('reporting')(Decorated.prototype, 'list', method());
      ReadConsistency('strong')(Decorated.prototype, 'list', method());
      ReadConsistency('exact' as 'strong')(Decorated.prototype, 'list', method());
    },
    error: 'ConfigurationError',
    says: /^read consistency is 'exact'/,
  },
];
