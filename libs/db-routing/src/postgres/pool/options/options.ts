import type { PoolConfig } from 'pg';
import { type Clock, type Random, systemClock, systemRandom } from '../../../clock';
import { DISCOVERY_MODES, type DiscoveryMode } from '../../../cluster/discovery/discovery';
import { type Lookup, systemDns } from '../../../cluster/discovery/lookup';
import type { NodeStatus } from '../../../cluster/topology/snapshot';
import { requirementOf } from '../../../consistency/ambient-level';
import type { ReadRequirement } from '../../../consistency/read-requirement';
import type { NodeAddress } from '../../../engine/node-address';
import { ConfigurationError } from '../../../errors';
import { type HedgingSettings, hedgingSettings } from '../../../execution/hedging/hedging-options';
import { type Balancer, balancerNamed } from '../../../routing/balancer';
import { checkGroups, type ReplicaGroups } from '../../../routing/groups/replica-groups';
import { checkRules, type RuleLimits } from '../../../routing/rules/check-rules';
import type { CheckedRule } from '../../../routing/rules/rule-schema';
import { TransactionPooler } from '../../connections/transaction-pooler';
import { ConsistencyTokens } from '../../position/wal-position';
import { checkNames, type ConnectionOptions } from '../../settings/connection-options';
import {
  type ConnectionSettings,
  connectionSettings,
  type Login,
  passwordOf,
  pgPoolConfig as poolConfigOf,
} from '../../settings/connection-settings';
import { type ConnectionTarget, parseConnectionUrl } from '../../settings/connection-url';
import { urlSettings } from '../../settings/url-settings';
import { nearNodes } from './near-nodes';
import { maxLanes, minStaleness, type NumberOptions, numberOptions } from './number-options';
import { OPTION_NAMES } from './option-names';
import { hasPooler } from './pooler-option';
import type { RoutedPoolOptions } from './routed-pool-options';

export type { RoutedPoolOptions } from './routed-pool-options';

/** The options of a pool, checked and with their defaults. */
export interface ResolvedOptions extends NumberOptions {
  readonly target: ConnectionTarget;
  readonly connection: ConnectionSettings;
  readonly monitor: Login;
  readonly onConnect: ConnectionOptions['onConnect'];
  readonly applicationName: string;
  readonly systemId: string | undefined;
  readonly prepareStatements: boolean;
  readonly pooler: TransactionPooler | undefined;
  readonly maxLanesPerNode: number;
  readonly discovery: DiscoveryMode;
  readonly lookup: Lookup;
  readonly readConsistency: ReadRequirement | undefined;
  readonly consistencyTokens: ConsistencyTokens | undefined;
  readonly hedging: HedgingSettings | undefined;
  readonly balance: Balancer;
  readonly isNear: ((node: NodeStatus) => boolean) | undefined;
  readonly trustedFunctions: readonly string[];
  readonly groups: ReplicaGroups;
  readonly rules: readonly CheckedRule[];
  readonly ruleLimits: RuleLimits;
  readonly onWaiting: (message: string) => void;
  readonly clock: Clock;
  readonly random: Random;
}

const NAMES: Readonly<Record<keyof RoutedPoolOptions, true>> = OPTION_NAMES;

/** Checks the options and fills in the defaults. Throws ConfigurationError when an option cannot work. */
export function resolveOptions(options: RoutedPoolOptions): ResolvedOptions {
  checkNames(options, Object.keys(NAMES));
  const target = parseConnectionUrl(options.url);
  const url = urlSettings(target);
  const connection = connectionSettings(target, url, options);
  const monitor = monitorOf(options) ?? connection;
  const isPooled = hasPooler(options, connection);
  const numbers = numberOptions(options, url, connection);
  const maxLanesPerNode = maxLanes(options, isPooled);
  const minStalenessMs = minStaleness(numbers);
  const nodes = target.nodes.map(({ name }) => name);
  const discovery = discoveryOf(options);
  const balance = balanceOf(options);
  const groups = checkGroups(options.groups ?? {}, { nodes, minStalenessMs });
  const ruleLimits = { nodes, groups, minStalenessMs };
  return {
    ...numbers,
    target,
    connection,
    monitor,
    onConnect: options.onConnect,
    applicationName: connection.applicationName,
    systemId: systemIdOf(options),
    prepareStatements: !isPooled,
    pooler: isPooled ? new TransactionPooler(numbers) : undefined,
    maxLanesPerNode,
    discovery,
    lookup: options.lookup ?? systemDns,
    readConsistency: options.readConsistency && requirementOf(options.readConsistency),
    consistencyTokens: options.consistencyTokens && new ConsistencyTokens(options.consistencyTokens),
    hedging: options.hedging && hedgingSettings(options.hedging),
    balance,
    isNear: nearNodes(options),
    trustedFunctions: options.trustedFunctions ?? [],
    groups,
    rules: checkRules(options.rules ?? [], ruleLimits),
    ruleLimits,
    onWaiting: options.onWaiting ?? (() => undefined),
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
  };
}

function monitorOf({ monitor }: RoutedPoolOptions): Login | undefined {
  return monitor && { user: monitor.user, password: passwordOf(monitor.password, 'monitor.password') };
}

function discoveryOf(options: RoutedPoolOptions): DiscoveryMode {
  const discovery = options.discovery ?? 'static';
  if (DISCOVERY_MODES.includes(discovery)) return discovery;
  throw new ConfigurationError('discovery', discovery, `must be one of ${DISCOVERY_MODES.join(', ')}`);
}

function balanceOf({ balancer = 'two-choices', weights }: RoutedPoolOptions): Balancer {
  return typeof balancer === 'function' ? balancer : balancerNamed(balancer, weights);
}

const SYSTEM_ID = /^[0-9]{1,20}$/;

function systemIdOf({ systemId }: RoutedPoolOptions): string | undefined {
  if (systemId === undefined || SYSTEM_ID.test(systemId)) return systemId;
  throw new ConfigurationError(
    'systemId',
    systemId,
    'must be a number in digits, as pg_controldata shows it',
  );
}

/** The pool's options in the shape of node-postgres, for libraries that read `pool.options`. */
export function pgPoolConfig(
  { connection, maxConnectionsPerNode, target }: ResolvedOptions,
  node: NodeAddress = target.nodes[0] as NodeAddress,
): PoolConfig {
  return poolConfigOf({ ...connection, maxConnections: maxConnectionsPerNode }, node);
}
