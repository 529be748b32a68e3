import { type Clock, pause } from '../../clock';
import { ConfigurationError, DatabaseUnreachableError } from '../../errors';
import type { TopologyMonitor } from '../../cluster/monitor/monitor';
import type { TopologySnapshot } from '../../cluster/topology/snapshot';

export interface StartOptions {
  readonly clock: Clock;
  readonly probeIntervalMs: number;
  readonly startTimeoutMs: number;
  /** Called with a progress message at intervals while the start waits. */
  readonly onWaiting: (message: string) => void;
  /** The database user that probes the nodes. */
  readonly monitor: { readonly user: string };
}

const WAITING_MESSAGE_MS = 5_000;

/**
 * Waits until it is certain which cluster is meant and one of its nodes can be used. After `startTimeoutMs`,
 * decides without the nodes that have not answered. Throws DatabaseUnreachableError when no node can be used
 * by then; ConfigurationError when no further answer can tell which cluster is meant, or when the probing
 * user is not a member of pg_monitor.
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
  // Without the role, everything would seem well until the first failover, which would then lose all
  // replicas.
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
      `${verdict.because}; set it to the system identifier of the intended cluster`,
    );
  }
}

function isUsable({ primary, fitReplicas, staleReplicas, fencedPrimaries }: TopologySnapshot): boolean {
  return primary !== undefined || fitReplicas.length + staleReplicas.length + fencedPrimaries.length > 0;
}
