import { tmpdir } from 'node:os';
import { canEnter, identityFor } from './run-as';

/**
 * A directory for temporary files that PostgreSQL's user can enter. TMPDIR may point into a private home
 * directory, such as root's, that another uid cannot reach.
 */
export function sharedTemporaryDirectory(): string {
  const preferred = tmpdir();
  return canEnter(identityFor(undefined), preferred) ? preferred : '/tmp';
}
