import { TransactionPropagationError } from '../errors';
import type { Propagation } from './options';

/** What the manager does with the function. */
export type PropagationAction = 'begin' | 'join' | 'nest' | 'suspend' | 'run-without';

const WITHOUT_TRANSACTION: Record<Propagation, PropagationAction | 'refuse'> = {
  REQUIRED: 'begin',
  REQUIRES_NEW: 'begin',
  NESTED: 'begin',
  SUPPORTS: 'run-without',
  MANDATORY: 'refuse',
  NOT_SUPPORTED: 'run-without',
  NEVER: 'run-without',
};

const WITHIN_TRANSACTION: Record<Propagation, PropagationAction | 'refuse'> = {
  REQUIRED: 'join',
  REQUIRES_NEW: 'begin',
  NESTED: 'nest',
  SUPPORTS: 'join',
  MANDATORY: 'join',
  NOT_SUPPORTED: 'suspend',
  NEVER: 'refuse',
};

/**
 * Looks up what the propagation asks for. Throws TransactionPropagationError when it forbids the function to
 * run here.
 */
export function actionFor(
  propagation: Propagation,
  scope: string,
  openScope: string | undefined,
): PropagationAction {
  const found = (openScope === undefined ? WITHOUT_TRANSACTION : WITHIN_TRANSACTION)[propagation];
  if (found === 'refuse') throw new TransactionPropagationError(scope, propagation, openScope);
  return found;
}
