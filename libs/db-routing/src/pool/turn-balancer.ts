import type { Balancer } from '../routing/balancer';
import type { NodeStatus } from '../topology/snapshot';

/** As many reads as share one Sync on a lane; see LaneOutbox. */
const READS_PER_PICK = 16;

/**
 * Reads that are asked for in one turn of the event loop travel in one packet if they go to one node. So one pick serves the next few of a turn;
 * what comes then is picked anew, and the load of those before counts.
 */
export function pickOncePerTurn(balance: Balancer): Balancer {
  let left = 0;
  let isTurnWatched = false;
  let among: readonly NodeStatus[] | undefined;
  let picked: NodeStatus | undefined;
  return (candidates, loadOf, random) => {
    if (left > 0 && picked && candidates === among) {
      left -= 1;
      return picked;
    }
    picked = balance(candidates, loadOf, random);
    among = candidates;
    left = READS_PER_PICK - 1;
    if (!isTurnWatched) {
      isTurnWatched = true;
      setImmediate(() => {
        isTurnWatched = false;
        left = 0;
      });
    }
    return picked;
  };
}
