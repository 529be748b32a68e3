import type { NodeFacts } from '../../engine/engine';
import { LeadsToReplicaError } from '../protocol/hot-standby';
import { sqlStateMeans } from '../sqlstates';

/**
 * Reports a failed connection. One that a limit of its own backend session has ended says nothing about the
 * node; one that has led to a replica says something about its name.
 */
export function suspectNode(facts: NodeFacts, error: Error): void {
  if (error instanceof LeadsToReplicaError) facts.onStray();
  else if (!sqlStateMeans(error, 'session-limit')) facts.onFailure(error);
}
