import type { Fault } from './fault';

/** Faults as a story, one sentence each, in the order of their times. */
export function tell(faults: readonly Fault[]): readonly string[] {
  return [...faults]
    .sort((one, other) => one.atMs - other.atMs)
    .map((fault) => `${String(fault.atMs).padStart(6)} ms  ${sentence(fault)}${aimOf(fault)}`);
}

function aimOf({ when }: Fault): string {
  return when === undefined ? '' : `; it begins when a statement is: ${when}`;
}

function sentence(fault: Fault): string {
  const during = `for ${fault.forMs} ms`;
  switch (fault.kind) {
    case 'freeze':
      return `${fault.server} stands still ${during}`;
    case 'crash': {
      const how = { orderly: 'is shut down', crash: 'crashes', silent: 'vanishes with its machine' }[
        fault.how
      ];
      const behind = fault.behindBytes > 0 ? `, and comes back ${fault.behindBytes} bytes behind` : '';
      return `${fault.server} ${how} ${during}${behind}`;
    }
    case 'return':
      return `${fault.server} comes back as what it was, if it is down`;
    case 'cut':
      return `nothing gets from ${fault.from} to ${fault.to}${fault.isOneWay ? '' : ', or back,'} ${during}`;
    case 'slow-link':
      return `the network between ${fault.from} and ${fault.to} is ${fault.factor.toFixed(0)} times as slow ${during}`;
    case 'slow-server':
      return `${fault.server} is ${fault.factor.toFixed(0)} times as slow ${during}`;
    case 'lag':
      return `${fault.server} replays ${fault.delayMs.toFixed(0)} ms late ${during}`;
    case 'replay-paused':
      return `replay is paused on ${fault.server} ${during}`;
    case 'conflicts':
      return `replay cancels ${(fault.rate * 100).toFixed(0)} % of the reads on ${fault.isEverywhere ? 'every replica' : fault.server} ${during}`;
    case 'break':
      return `${(fault.rate * 100).toFixed(1)} % of the exchanges with ${fault.server} break ${fault.point} the answer ${during}`;
    case 'rename':
      return `the name ${fault.host} leads to ${fault.server} ${during}`;
    case 'full':
      return `${fault.server} refuses new connections ${during}`;
    case 'blind-probe':
      return `the monitoring user has no rights on ${fault.server} ${during}`;
    case 'service-paused':
      return `the process of ${fault.service} stands still ${during}`;
    case 'wall-clock':
      return `the time of day of ${fault.service} jumps by ${(fault.jumpMs / 1_000).toFixed(0)} s`;
    case 'split': {
      const cut = `${fault.cutAfterMs.toFixed(0)} ms later ${fault.service} cannot reach the new primary any more`;
      const with_ =
        fault.followers.length > 0 ? `; ${fault.followers.join(' and ')} would follow it at once` : '';
      return `${fault.server} is promoted while the primary goes on ${during}; ${cut}${with_}`;
    }
    case 'failover': {
      const old = {
        stopped: 'is shut down',
        gone: 'crashes',
        isolated: 'is cut off but goes on',
        running: 'goes on',
      }[fault.old];
      const next = fault.isFreshest ? 'the freshest replica' : 'the first replica';
      return `the primary ${old}; ${fault.afterMs.toFixed(0)} ms later ${next} is promoted; the old one is rebuilt after ${fault.forMs} ms`;
    }
  }
}
