import type { NodeFacts } from '../../engine/engine';
import { sqlStateMeans } from '../sqlstates';

/** Reports a broken connection, unless one of the backend session's own limits has ended it: that says nothing of the node. */
export function suspectNode(facts: NodeFacts, error: Error): void {
  if (!sqlStateMeans(error, 'session-limit')) facts.onFailure(error);
}
