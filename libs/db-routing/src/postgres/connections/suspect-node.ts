import type { NodeFacts } from '../../engine/engine';
import { sqlStateMeans } from '../sqlstates';

/**
 * Reports a failed connection. One that a limit of its own backend session has ended says nothing about the
 * node.
 */
export function suspectNode(facts: NodeFacts, error: Error): void {
  if (!sqlStateMeans(error, 'session-limit')) facts.onFailure(error);
}
