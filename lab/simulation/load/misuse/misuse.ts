import type { Prng } from '../../time/prng';
import type { Service } from '../service';
import { CLIENT_MISUSES } from './clients';
import type { Mistake } from './mistake';
import { OPTION_MISUSES } from './options';
import { RULE_MISUSES } from './rules';
import { TOKEN_MISUSES } from './tokens';
import { TRANSACTION_MISUSES } from './transactions';

const ALL: readonly Mistake[] = [
  ...OPTION_MISUSES,
  ...RULE_MISUSES,
  ...TOKEN_MISUSES,
  ...TRANSACTION_MISUSES,
  ...CLIENT_MISUSES,
];

/** One mistake of a caller. It must get its error, and no one else may notice. */
export async function misuse(service: Service, prng: Prng): Promise<void> {
  const { world, name } = service;
  const { what, act, error, says } = prng.pick(ALL);
  let told: unknown;
  try {
    await act(service);
  } catch (caught) {
    told = caught;
  }
  world.oracle.count('wrong use');
  if (told instanceof Error && told.constructor.name === error && says.test(told.message)) return;
  const got = told instanceof Error ? `${told.constructor.name}: ${told.message}` : 'no error';
  world.oracle.found('wrong-use-is-told', `${name}, ${what}: ${got}`);
}
