import { LANES_PER_LANE } from '../../lanes/lane-set';
import { maxConnections, maxLanes } from './number-options';
import type { RoutedPoolOptions } from './routed-pool-options';

/** The monitor keeps one connection to each node. */
const MONITOR = 1;

/** How many connections one pool, which is to say one process, opens to each node. */
export interface ConnectionsPerNode {
  /** Under load, while no slow statement blocks lanes. */
  readonly usual: number;
  /** At most, but for the exceptions that connectionsPerNode() names. */
  readonly most: number;
}

/**
 * Computes how many connections one pool with these options opens to each node, for `max_connections`. There
 * may be a few more for moments: at start, when the pool probes each node on two extra connections; while a
 * server still closes a connection that the pool has replaced; and when a statement has not been answered in
 * time, and the pool asks the server about it on another connection. Throws ConfigurationError when an option
 * has a value that start() refuses.
 */
export function connectionsPerNode(
  options: Pick<
    RoutedPoolOptions,
    'maxConnectionsPerNode' | 'maxLanesPerNode' | 'processes' | 'pooler' | 'prepareStatements'
  > = {},
): ConnectionsPerNode {
  const exclusive = maxConnections(options);
  const lanes = maxLanes(options, options.pooler !== undefined || options.prepareStatements === false);
  return { usual: exclusive + lanes + MONITOR, most: exclusive + LANES_PER_LANE * lanes + MONITOR };
}
