import { type Clock, pause } from '../../clock';
import { ConfigurationError, DatabaseUnreachableError } from '../../errors';
import type { TopologyMonitor } from '../../cluster/monitor/monitor';
import type { TopologySnapshot } from '../../cluster/topology/snapshot';

export interface StartOptions {
  readonly clock: Clock;
  readonly probeIntervalMs: number;
  readonly startTimeoutMs: number;
  /** Called with progress messages while the start waits. */
  readonly onWaiting: (message: string) => void;
  /** Who asks the nodes what they are. */
  readonly monitor: { readonly user: string };
}

const WAITING_MESSAGE_MS = 5_000;

/**
 * Waits until it is certain which cluster is meant and one of its nodes can be used. After `startTimeoutMs` those that have not answered are
 * not waited for any longer. Throws DatabaseUnreachableError then when there is none; ConfigurationError where no further answer will
 * tell which cluster is meant, or where the user that probes is no member of pg_monitor.
 */
export async function untilUsable(monitor: TopologyMonitor, options: StartOptions): Promise<void> {
  const { clock, startTimeoutMs, onWaiting, probeIntervalMs } = options;
  const startedAtMs = clock.now();
  let saidAtMs: number | undefined;
  for (;;) {
    const nowMs = clock.now();
    const isOver = nowMs - startedAtMs > startTimeoutMs;
    if (isOver) monitor.settle();
    assertMeant(monitor, options);
    if (isUsable(monitor.snapshot)) return;
    const reasons = Object.fromEntries(
      monitor.snapshot.nodes.map((node) => [node.address.name, node.reason]),
    );
    if (isOver) throw new DatabaseUnreachableError(nowMs - startedAtMs, reasons);
    if (saidAtMs === undefined || nowMs - saidAtMs >= WAITING_MESSAGE_MS) {
      saidAtMs = nowMs;
      const details = Object.entries(reasons).map(([node, reason]) => `${node}: ${reason}`);
      onWaiting(`waiting for the database, up to ${startTimeoutMs} ms (${details.join('; ')})`);
    }
    await pause(clock, probeIntervalMs);
  }
}

function assertMeant(
  { verdict, lacksPermission }: TopologyMonitor,
  { monitor: { user } }: StartOptions,
): void {
  // Everything would seem well until the first failover, and all replicas be lost then.
  if (lacksPermission) {
    throw new ConfigurationError(
      'monitor',
      user,
      `must be a member of pg_monitor: GRANT pg_monitor TO ${user}`,
    );
  }
  if (verdict.systemId === undefined && verdict.isTied) {
    throw new ConfigurationError(
      'systemId',
      undefined,
      `${verdict.because}; set it to the one that is meant`,
    );
  }
}

function isUsable({ primary, fitReplicas, staleReplicas, fencedPrimaries }: TopologySnapshot): boolean {
  return primary !== undefined || fitReplicas.length + staleReplicas.length + fencedPrimaries.length > 0;
}
