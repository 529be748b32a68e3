import type { PoolConfig } from 'pg';
import { type Clock, type Random, systemClock, systemRandom } from '../../../clock';
import { type ReadConsistencyChoice, requirementOf } from '../../../consistency/ambient-level';
import type { ReadRequirement } from '../../../consistency/read-requirement';
import { ConsistencyTokens } from '../../position/consistency-tokens';
import type { ConsistencyTokensOptions } from '../../../consistency/position-tokens';
import { ConfigurationError } from '../../../errors';
import { checkNames, type ConnectionOptions, type Password } from '../../settings/connection-options';
import {
  type ConnectionSettings,
  connectionSettings,
  type Login,
  passwordOf,
  pgPoolConfig as poolConfigOf,
} from '../../settings/connection-settings';
import { urlSettings } from '../../settings/url-settings';
import {
  type HedgingOptions,
  type HedgingSettings,
  hedgingSettings,
} from '../../../execution/hedging/hedging-options';
import type { ReplicaGroupOptions } from '../../../routing/groups/group-schema';
import { checkGroups, type ReplicaGroups } from '../../../routing/groups/replica-groups';
import { checkRules, type RuleLimits } from '../../../routing/rules/check-rules';
import type { CheckedRule, RoutingRule } from '../../../routing/rules/rule-schema';
import { type Balancer, balancerNamed, type BalancerName } from '../../../routing/balancer';
import { configuredFor, type NodeAddress } from '../../../engine/node-address';
import { type ConnectionTarget, parseConnectionUrl } from '../../settings/connection-url';
import { DISCOVERY_MODES, type DiscoveryMode } from '../../../cluster/discovery/discovery';
import { type Lookup, systemDns } from '../../../cluster/discovery/lookup';
import type { NodeStatus } from '../../../cluster/topology/snapshot';
import { OPTION_NAMES } from './option-names';
import { hasPooler } from './pooler-option';
import { TransactionPooler } from '../../connections/transaction-pooler';

/** What a RoutedPool is made with. Only `url` is needed. All times in milliseconds. */
export interface RoutedPoolOptions extends ConnectionOptions {
  /** `postgres://user:password@h1:5432,h2:5432,h3:5432/database?…`: every node, in any order. The pool finds out which one is the primary. */
  readonly url: string;
  /** The login that probes the nodes; it must be a member of `pg_monitor`. Default: the login of `url`. */
  readonly monitor?: { readonly user: string; readonly password: Password } | undefined;
  /**
   * The system identifier of your cluster, as `pg_controldata` shows it. The pool never uses a node of another cluster. Default: that
   * of most of the listed nodes, which start() waits for.
   */
  readonly systemId?: string | undefined;
  /** The name that `pg_stat_activity` shows. Default: PGAPPNAME, or `db-routing`. */
  readonly applicationName?: string;
  /** The pool sends no reads to a replica that may be staler than this, until it is fresher than half of it. Default 10,000. */
  readonly maxStalenessMs?: number;
  /** How often the pool probes every node; also the deadline of a probe. Default 500. */
  readonly probeIntervalMs?: number;
  /** The most connections to one node, beside the shared ones. Default 10. */
  readonly maxConnectionsPerNode?: number;
  /**
   * The most connections to one node that autocommit reads share. With 0, every read has a connection to itself. Default 4.
   */
  readonly maxLanesPerNode?: number;
  /**
   * `transaction`: a pooler in transaction mode, such as PgBouncer's, stands before each node. The pool then names no statement, sends the
   * limits with each transaction, shares no connections between reads, and refuses what needs a backend session. Default: none.
   */
  readonly pooler?: 'transaction' | undefined;
  /** Whether the pool prepares repeated statements on the server. False is another way to say `pooler: 'transaction'`. Default true. */
  readonly prepareStatements?: boolean;
  /** How long a statement waits for a connection. Default 2,000. */
  readonly acquireTimeoutMs?: number;
  /**
   * How long an autocommit read waits for its turn while slower reads hold all connections of its node; then it fails with
   * PoolExhaustedError. Default 5 × `acquireTimeoutMs`.
   */
  readonly readQueueWaitMs?: number;
  /** How long one statement may run; the server enforces it. Default 30,000. */
  readonly statementTimeoutMs?: number;
  /** How long a whole transaction may take, unless it names a limit of its own. Default 30,000. */
  readonly transactionTimeoutMs?: number;
  /** The server ends a transaction whose client is silent for longer than this. Default 10,000. */
  readonly idleInTransactionTimeoutMs?: number;
  /** How long a write, or the beginning of a transaction, waits for a primary while there is none. Default 2,000. */
  readonly failoverWaitMs?: number;
  /** How many statements may wait for a primary at once. Default 1,000. */
  readonly failoverQueueLimit?: number;
  /** How many reads the primary serves at once while no replica is fit. Default half of `maxConnectionsPerNode`, at least 1. */
  readonly maxSpilledReads?: number;
  /**
   * How fresh reads must be where neither the code nor a rule says so: `strong`, `session`, `eventual`, or `bounded({ maxStalenessMs })`.
   * Default `session`.
   */
  readonly readConsistency?: ReadConsistencyChoice | undefined;
  /** The keys that sign consistency tokens; without them acceptConsistencyToken() and currentConsistencyToken() throw. Default: none. */
  readonly consistencyTokens?: ConsistencyTokensOptions | undefined;
  /** How long a read waits for a replica to replay what its session has seen, before it goes elsewhere. Default 100. */
  readonly positionWaitMs?: number;
  /** How the pool chooses among the fit replicas: by a name, or by your own function. Default `two-choices`. */
  readonly balancer?: BalancerName | Balancer | undefined;
  /** Sends a read that is late to a second replica as well: `{}`, or with your own limits. Default: off. */
  readonly hedging?: HedgingOptions | undefined;
  /** For the balancer `weighted`: each node's share, by `host:port`; a node that is not named has 1. */
  readonly weights?: Readonly<Record<string, number>> | undefined;
  /** The zone that this process runs in. Reads go to replicas of the same zone while one is fit. */
  readonly zone?: string | undefined;
  /** The zone of each node, by `host:port` or by the host that the URL lists. */
  readonly zones?: Readonly<Record<string, string>> | undefined;
  /** A replica that has come back gets its full share only after this long. Default 5,000. */
  readonly slowStartMs?: number;
  /** `static`: the hosts of `url` are the nodes. `dns`: each host stands for all its addresses. `srv`: each host is an SRV name. Default `static`. */
  readonly discovery?: DiscoveryMode | undefined;
  /** How often the pool resolves the names again. Default 5,000. */
  readonly discoveryIntervalMs?: number;
  /** How names are resolved; injected by tests. */
  readonly lookup?: Lookup;
  /**
   * Functions that you vouch for, as `name` or `schema.name`: their label (IMMUTABLE, STABLE, VOLATILE) says all that they do. Replicas may
   * run the IMMUTABLE and STABLE ones; none of them leaves anything behind in its backend session or runs DDL. Default: none.
   */
  readonly trustedFunctions?: readonly string[] | undefined;
  /**
   * How long the pool may go without noticing that someone else has changed a definition (a function, a view, a table). Default
   * 60,000.
   */
  readonly catalogRefreshMs?: number;
  /** How long start() waits for a usable node. Default 60,000. */
  readonly startTimeoutMs?: number;
  /** Named sets of replicas with limits of their own, to which rules and hints send reads. Default: none. */
  readonly groups?: Readonly<Record<string, ReplicaGroupOptions>> | undefined;
  /** Routing rules, in order: the first that matches decides. start() checks them; useRules() replaces them. Default: none. */
  readonly rules?: readonly RoutingRule[] | undefined;
  /** Called with progress messages while start() waits. */
  readonly onWaiting?: (message: string) => void;
  /** Injected by tests. */
  readonly clock?: Clock;
  /** Injected by tests: what chooses among equals. */
  readonly random?: Random;
}

export type ResolvedOptions = Required<
  Omit<
    RoutedPoolOptions,
    | keyof ConnectionOptions
    | 'monitor'
    | 'pooler'
    | 'onWaiting'
    | 'url'
    | 'groups'
    | 'rules'
    | 'balancer'
    | 'weights'
    | 'zone'
    | 'zones'
    | 'readConsistency'
    | 'consistencyTokens'
    | 'hedging'
    | 'trustedFunctions'
    | 'systemId'
  >
> & {
  readonly systemId: string | undefined;
  readonly trustedFunctions: readonly string[];
  readonly target: ConnectionTarget;
  readonly connection: ConnectionSettings;
  readonly monitor: Login;
  readonly onConnect: ConnectionOptions['onConnect'];
  readonly pooler: TransactionPooler | undefined;
  readonly onWaiting: (message: string) => void;
  readonly readConsistency: ReadRequirement | undefined;
  readonly consistencyTokens: ConsistencyTokens | undefined;
  readonly hedging: HedgingSettings | undefined;
  readonly balance: Balancer;
  readonly isNear: ((node: NodeStatus) => boolean) | undefined;
  readonly groups: ReplicaGroups;
  readonly rules: readonly CheckedRule[];
  readonly ruleLimits: RuleLimits;
};

const NAMES: Readonly<Record<keyof RoutedPoolOptions, true>> = OPTION_NAMES;

const SYSTEM_ID = /^[0-9]{1,20}$/;

/** A read waits behind slow ones for so many times as long as for a connection. */
const READ_QUEUE_WAITS = 5;
/** A staleness limit below this many probe intervals cannot be told from the probing itself. */
const MIN_PROBES_PER_STALENESS = 2;

/** Fills in the defaults. Throws ConfigurationError for what cannot work. */
export function resolveOptions(options: RoutedPoolOptions): ResolvedOptions {
  checkNames(options, Object.keys(NAMES));
  const target = parseConnectionUrl(options.url);
  const url = urlSettings(target.parameters.reveal());
  const connection = connectionSettings(target, url, options);
  const resolved = {
    target,
    connection,
    monitor: options.monitor ? loginOf(options.monitor) : connection,
    onConnect: options.onConnect,
    applicationName: connection.applicationName,
    maxStalenessMs: options.maxStalenessMs ?? 10_000,
    probeIntervalMs: options.probeIntervalMs ?? 500,
    maxConnectionsPerNode: options.maxConnectionsPerNode ?? 10,
    prepareStatements: !hasPooler(options, connection),
    acquireTimeoutMs: connection.acquireTimeoutMs,
    readQueueWaitMs: options.readQueueWaitMs ?? READ_QUEUE_WAITS * connection.acquireTimeoutMs,
    statementTimeoutMs: url.statementTimeoutMs ?? options.statementTimeoutMs ?? 30_000,
    transactionTimeoutMs: options.transactionTimeoutMs ?? 30_000,
    idleInTransactionTimeoutMs:
      url.idleInTransactionTimeoutMs ?? options.idleInTransactionTimeoutMs ?? 10_000,
    startTimeoutMs: options.startTimeoutMs ?? 60_000,
    positionWaitMs: options.positionWaitMs ?? 100,
    slowStartMs: options.slowStartMs ?? 5_000,
    discovery: options.discovery ?? 'static',
    discoveryIntervalMs: options.discoveryIntervalMs ?? 5_000,
    lookup: options.lookup ?? systemDns,
    failoverWaitMs: options.failoverWaitMs ?? 2_000,
    failoverQueueLimit: options.failoverQueueLimit ?? 1_000,
    maxSpilledReads:
      options.maxSpilledReads ?? Math.max(1, Math.floor((options.maxConnectionsPerNode ?? 10) / 2)),
    trustedFunctions: options.trustedFunctions ?? [],
    catalogRefreshMs: options.catalogRefreshMs ?? 60_000,
    onWaiting: options.onWaiting ?? (() => undefined),
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
  };
  for (const [name, value] of Object.entries(resolved)) {
    if (typeof value === 'number' && !(Number.isInteger(value) && value >= 1)) {
      throw new ConfigurationError(name, value, 'must be a whole number of at least 1');
    }
  }
  const pooler = hasPooler(options, connection) ? new TransactionPooler(resolved) : undefined;
  const maxLanesPerNode = options.maxLanesPerNode ?? (pooler ? 0 : 4);
  if (!(Number.isInteger(maxLanesPerNode) && maxLanesPerNode >= 0)) {
    throw new ConfigurationError('maxLanesPerNode', maxLanesPerNode, 'must be a whole number of at least 0');
  }
  if (pooler && maxLanesPerNode > 0) {
    throw new ConfigurationError(
      'maxLanesPerNode',
      maxLanesPerNode,
      "must be 0 or left out with pooler 'transaction': reads share no connections there",
    );
  }
  const minStalenessMs = MIN_PROBES_PER_STALENESS * resolved.probeIntervalMs;
  if (resolved.maxStalenessMs < minStalenessMs) {
    throw new ConfigurationError(
      'maxStalenessMs',
      resolved.maxStalenessMs,
      `must be at least ${minStalenessMs} (${MIN_PROBES_PER_STALENESS} × probeIntervalMs), or it cannot be observed`,
    );
  }
  const nodes = target.nodes.map(({ name }) => name);
  if (!DISCOVERY_MODES.includes(resolved.discovery)) {
    throw new ConfigurationError(
      'discovery',
      resolved.discovery,
      `must be one of ${DISCOVERY_MODES.join(', ')}`,
    );
  }
  const { balancer = 'two-choices', weights } = options;
  const balance = typeof balancer === 'function' ? balancer : balancerNamed(balancer, weights);
  const groups = checkGroups(options.groups ?? {}, { nodes, minStalenessMs });
  const ruleLimits = { nodes, groups, minStalenessMs };
  const { systemId } = options;
  if (systemId !== undefined && !SYSTEM_ID.test(systemId)) {
    throw new ConfigurationError(
      'systemId',
      systemId,
      'must be a number in digits, as pg_controldata shows it',
    );
  }
  return {
    ...resolved,
    systemId,
    maxLanesPerNode,
    pooler,
    readConsistency: options.readConsistency && requirementOf(options.readConsistency),
    consistencyTokens: options.consistencyTokens && new ConsistencyTokens(options.consistencyTokens),
    hedging: options.hedging && hedgingSettings(options.hedging),
    balance,
    isNear: nearness(options),
    groups,
    ruleLimits,
    rules: checkRules(options.rules ?? [], ruleLimits),
  };
}

function loginOf({ user, password }: { readonly user: string; readonly password: Password }): Login {
  return { user, password: passwordOf(password, 'monitor.password') };
}

/** What `pool.options` is for libraries that read node-postgres' options. */
export function pgPoolConfig(
  { connection, maxConnectionsPerNode, target }: ResolvedOptions,
  node: NodeAddress = target.nodes[0] as NodeAddress,
): PoolConfig {
  return poolConfigOf({ ...connection, maxConnections: maxConnectionsPerNode }, node);
}

/** Whether a node is of the same zone; undefined where zones are not used. */
function nearness({ zone, zones }: RoutedPoolOptions): ((node: NodeStatus) => boolean) | undefined {
  if (zone === undefined || zones === undefined) return undefined;
  const zoneOf = (address: NodeAddress): string | undefined =>
    configuredFor(address, (name) => zones[name]) ??
    [address, ...(address.otherNames ?? [])]
      .map(({ listedAs, host }) => zones[listedAs ?? host])
      .find(Boolean);
  return ({ address }) => zoneOf(address) === zone;
}
