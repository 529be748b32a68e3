import type { Clock, Random } from '../../../clock';
import type { DiscoveryMode } from '../../../cluster/discovery/discovery';
import type { Lookup } from '../../../cluster/discovery/lookup';
import type { ReadConsistencyChoice } from '../../../consistency/ambient-level';
import type { ConsistencyTokensOptions } from '../../../consistency/consistency-token';
import type { HedgingOptions } from '../../../execution/hedging/hedging-options';
import type { Balancer, BalancerName } from '../../../routing/balancer';
import type { ReplicaGroupOptions } from '../../../routing/groups/group-schema';
import type { RoutingRule } from '../../../routing/rules/rule-schema';
import type { ConnectionOptions, Password } from '../../settings/connection-options';

/**
 * The options of `RoutedPool.start()`, of which only `url` is required. start() throws ConfigurationError
 * when an option has an unknown name or a value that its description excludes. Where a URL parameter sets the
 * same thing as an option, the URL wins; a password or TLS settings in both places are refused.
 */
export interface RoutedPoolOptions extends ConnectionOptions {
  /**
   * The connection URL, which lists every node:
   * `postgres://user:password@h1:5432,h2:5432,h3:5432/database?…`. The pool detects which node is the
   * primary. The URL must name a database, and must not contain a parameter that the pool cannot honour.
   */
  readonly url: string;
  /**
   * The user that probes the nodes, a member of `pg_monitor`; start() refuses any other user. Default: the
   * user of `url`.
   */
  readonly monitor?: { readonly user: string; readonly password: Password } | undefined;
  /**
   * The system identifier of the cluster, 1 to 20 digits as `pg_controldata` shows them. The pool never uses
   * a node of another cluster. Default: the cluster of most of the listed nodes, which start() waits to
   * learn.
   */
  readonly systemId?: string | undefined;
  /**
   * The name that connections report to the server, as in `pg_stat_activity`. Default: PGAPPNAME, then the
   * URL parameter `fallback_application_name`, then `db-routing`.
   */
  readonly applicationName?: string;
  /**
   * The staleness above which a replica serves no reads; it serves reads again below half of it. In
   * milliseconds, a whole number of at least 2 × `probeIntervalMs`. Default: 10,000.
   */
  readonly maxStalenessMs?: number;
  /**
   * The interval at which the pool probes each node, and the deadline of a probe. In milliseconds, a whole
   * number of at least 1. Default: 500.
   */
  readonly probeIntervalMs?: number;
  /** Maximum number of exclusive connections to one node. A whole number of at least 1. Default: 10. */
  readonly maxConnectionsPerNode?: number;
  /**
   * Maximum number of lanes to one node, in addition to `maxConnectionsPerNode`; as many again may open while
   * slow statements block them. A whole number of at least 0. With 0, every read runs on an exclusive
   * connection. Default: 4, or 0 with `pooler: 'transaction'`, which allows no other number.
   */
  readonly maxLanesPerNode?: number;
  /**
   * How many processes share `maxConnectionsPerNode` and `maxLanesPerNode`: this pool then uses one share of
   * each, rounded down. A whole number of at least 1, and at most as large as the two numbers that it
   * divides; lanes may be 0. Default: 1, and the limits are those of this process alone.
   */
  readonly processes?: number;
  /**
   * `transaction`: the pool reaches each node through a pooler in transaction mode, such as PgBouncer. It
   * then names no statement, sends the limits with each transaction, opens no lanes, and refuses statements
   * that need a backend session. Refuses `prepareStatements: true`, and settings that the pooler would lose:
   * the option `options` and the URL parameter `lock_timeout`. Default: no pooler, or one in session mode.
   */
  readonly pooler?: 'transaction' | undefined;
  /**
   * Whether the pool prepares recurring statements on the server. `false` means the same as
   * `pooler: 'transaction'`. Default: true.
   */
  readonly prepareStatements?: boolean;
  /**
   * How long a statement or transaction waits for a connection. In milliseconds, a whole number of at least
   * 1. Default: 2,000.
   */
  readonly acquireTimeoutMs?: number;
  /**
   * How long an autocommit read waits while slower reads occupy all connections to its node; after that it
   * fails with PoolExhaustedError. In milliseconds, a whole number of at least 1. Default: 5 ×
   * `acquireTimeoutMs`.
   */
  readonly readQueueWaitMs?: number;
  /** The server's limit for one statement. In milliseconds, a whole number of at least 1. Default: 30,000. */
  readonly statementTimeoutMs?: number;
  /**
   * The limit for a whole managed transaction that sets none itself. In milliseconds, a whole number of at
   * least 1. Default: 30,000.
   */
  readonly transactionTimeoutMs?: number;
  /**
   * How long a transaction may idle before the server ends it. In milliseconds, a whole number of at least 1.
   * Default: 10,000.
   */
  readonly idleInTransactionTimeoutMs?: number;
  /**
   * How long a write, or the start of a transaction, waits while there is no primary; after that it fails
   * with NoPrimaryError. In milliseconds, a whole number of at least 1. Default: 2,000.
   */
  readonly failoverWaitMs?: number;
  /**
   * Maximum number of writes and transactions that wait for a primary at once; more fail with
   * FailoverQueueFullError. A whole number of at least 1. Default: 1,000.
   */
  readonly failoverQueueLimit?: number;
  /**
   * Maximum number of reads that the primary serves at once while no replica is fit. A whole number of at
   * least 1. Default: half of `maxConnectionsPerNode`, at least 1.
   */
  readonly maxSpilledReads?: number;
  /**
   * The consistency level of reads for which neither the code nor a rule sets one: `strong`, `session`,
   * `eventual`, or `bounded({ maxStalenessMs })`. Default: `session`.
   */
  readonly readConsistency?: ReadConsistencyChoice | undefined;
  /**
   * The keys that sign consistency tokens. Default: none, and acceptConsistencyToken() and
   * currentConsistencyToken() throw NoConsistencyTokensError.
   */
  readonly consistencyTokens?: ConsistencyTokensOptions | undefined;
  /**
   * How long a read waits for a replica to replay what the read's session has seen, before another node
   * serves it. In milliseconds, a whole number of at least 1. Default: 100.
   */
  readonly positionWaitMs?: number;
  /**
   * Chooses among the fit replicas for each read: the name of a balancer, or a function. Unknown names are
   * refused. Default: `two-choices`.
   */
  readonly balancer?: BalancerName | Balancer | undefined;
  /** Hedges late reads: `{}` for the default limits, or other limits. Default: no hedging. */
  readonly hedging?: HedgingOptions | undefined;
  /**
   * The share of each node (`host:port`) with the balancer `weighted`, as positive numbers; other balancers
   * ignore it. Default: 1 for each node.
   */
  readonly weights?: Readonly<Record<string, number>> | undefined;
  /**
   * The zone of this process. Replicas of the same zone serve its reads while one of them is fit. Has an
   * effect only together with `zones`. Default: none.
   */
  readonly zone?: string | undefined;
  /** The zone of each node, by `host:port` or by the host in `url`. Default: none. */
  readonly zones?: Readonly<Record<string, string>> | undefined;
  /**
   * How long the share of a replica grows after it has come back, until it is the full share. In
   * milliseconds, a whole number of at least 1. Default: 5,000.
   */
  readonly slowStartMs?: number;
  /**
   * What the hosts of `url` stand for. `static`: each is a node. `dns`: each address of a host is a node.
   * `srv`: each host is an SRV name, and its targets are the nodes. Default: `static`.
   */
  readonly discovery?: DiscoveryMode | undefined;
  /**
   * The interval at which the pool resolves names again, with `dns` and `srv`. In milliseconds, a whole
   * number of at least 1. Default: 5,000.
   */
  readonly discoveryIntervalMs?: number;
  /** Resolves names; tests replace it. Default: the resolver of the system. */
  readonly lookup?: Lookup;
  /**
   * Functions, as 'name' or 'schema.name', whose label (IMMUTABLE, STABLE or VOLATILE) describes all their
   * effects: IMMUTABLE and STABLE ones may run on a replica, and none changes the backend session or runs
   * DDL. PostgreSQL's own functions are refused. Default: none.
   */
  readonly trustedFunctions?: readonly string[] | undefined;
  /**
   * The interval at which the pool checks for definitions (functions, views, tables …) that other processes
   * have changed. In milliseconds, a whole number of at least 1. Default: 60,000.
   */
  readonly catalogRefreshMs?: number;
  /**
   * How long start() waits for a usable node. In milliseconds, a whole number of at least 1. Default: 60,000.
   */
  readonly startTimeoutMs?: number;
  /**
   * Named sets of replicas with their own limits, to which rules and hints send reads. See replicaGroupSchema
   * for what is refused. Default: none.
   */
  readonly groups?: Readonly<Record<string, ReplicaGroupOptions>> | undefined;
  /**
   * The routing rules, in order; the first that matches a statement applies. See routingRuleSchema for what
   * is refused. useRules() replaces them. Default: none.
   */
  readonly rules?: readonly RoutingRule[] | undefined;
  /** Called with progress messages while start() waits. Default: nothing is called. */
  readonly onWaiting?: (message: string) => void;
  /** Tells the time and sets timers; tests replace it. Default: the clock of the system. */
  readonly clock?: Clock;
  /**
   * Returns random numbers in [0, 1), for the balancer and for retries; tests replace it. Default:
   * Math.random.
   */
  readonly random?: Random;
}
