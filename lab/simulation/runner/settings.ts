import { clusterUrl, namesOfServers } from '../load/cluster-url';
import { drawRouting } from '../load/routing/draw-routing';
import type { Fault } from '../faults/fault';
import { type Cast, drawFaults } from '../faults/schedule';
import type { ServiceOptions } from '../load/service';
import type { TrafficOptions } from '../load/traffic';
import type { Prng } from '../time/prng';
import type { WorldSettings } from '../world/ground';

/** Everything that a seed decides before a run begins. */
export interface RunSettings {
  readonly world: WorldSettings;
  readonly services: readonly { readonly name: string; readonly options: ServiceOptions }[];
  /** Of the processes that come and go. */
  readonly jobs: ServiceOptions;
  readonly traffic: TrafficOptions;
  readonly faults: readonly Fault[];
  /** How long the load lasts, in milliseconds of virtual time. */
  readonly loadMs: number;
}

const PROBE_INTERVAL_MS = 200;
const STATEMENT_TIMEOUT_MS = 2_000;
const LOAD_MS = 12_000;

/** Among them the default, and those that would hedge every second read if they had no budget. */
const HEDGINGS = [
  {},
  { percentile: 0.5, minDelayMs: 1 },
  { percentile: 0.5, maxShare: 0.1, minDelayMs: 1 },
  { percentile: 0.9, maxShare: 0.5, minDelayMs: 1 },
];

export function drawSettings(prng: Prng): RunSettings {
  const size = prng.stream('size');
  const servers = ['a', 'b', 'c', 'd', 'e'].slice(0, size.whole(2, 5));
  const aliased = size.chance(0.25) ? [size.pick(servers)] : [];
  const aliases = Object.fromEntries(aliased.map((name) => [`${name}2`, name]));
  const hosts = [...servers, ...Object.keys(aliases)];
  const names = namesOfServers({ servers, aliases });
  const services = ['one', 'two', 'three'].slice(0, size.whole(1, 3));
  const hell = size.weighted({ calm: 1, some: 3, rough: 4, hell: 2 });
  const faults = { calm: 0, some: size.whole(1, 4), rough: size.whole(5, 15), hell: size.whole(15, 45) }[
    hell
  ];
  const isSynchronous = size.chance(0.25);
  return {
    world: {
      servers,
      aliases,
      strangers: ['stranger'],
      // Every server, because each of them may become the primary, and then waits for one of the others.
      synchronous: isSynchronous ? servers : [],
      cascades: servers.length > 3 && size.chance(0.4) ? { d: 'b' } : {},
      network: {
        latencyMs: size.between(0.1, 1.5),
        jitterMs: size.between(0.02, 1),
        loss: size.chance(0.3) ? size.between(0, 0.003) : 0,
      },
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
      idleInTransactionTimeoutMs: 1_000,
    },
    services: services.map((name) => ({
      name,
      options: serviceOptions(prng.stream(name), names),
    })),
    jobs: staticOptions(prng.stream('jobs'), names),
    traffic: trafficOptions(prng.stream('traffic')),
    faults: drawFaults(
      prng.stream('faults'),
      { servers, services, hosts },
      { fromMs: 500, untilMs: LOAD_MS, count: faults, weights: faultWeights(prng.stream('weights')) },
    ),
    loadMs: LOAD_MS,
  };
}

/** Who can be struck by a fault. */
export function castOf({ world, services }: Pick<RunSettings, 'world' | 'services'>): Cast {
  return {
    servers: world.servers,
    services: services.map(({ name }) => name),
    hosts: [...world.servers, ...Object.keys(world.aliases)],
  };
}

function serviceOptions(prng: Prng, names: readonly (readonly string[])[]): ServiceOptions {
  const options = staticOptions(prng, names);
  if (!prng.stream('discovery').chance(0.2))
    return { ...options, ...drawRouting(prng.stream('routing'), names) };
  const hosts = names.flat().sort();
  const isSrv = prng.stream('srv').chance(0.7);
  const listed = isSrv ? ['cluster.srv:5432'] : hosts.map((host) => host.replace(':', '.dns:'));
  return {
    ...options,
    url: clusterUrl(listed),
    discovery: isSrv ? 'srv' : 'dns',
    discoveryIntervalMs: 300,
  };
}

function staticOptions(prng: Prng, names: readonly (readonly string[])[]): ServiceOptions {
  return {
    url: clusterUrl(names.flat().sort()),
    monitor: { user: 'monitor', password: 'secret' },
    probeIntervalMs: PROBE_INTERVAL_MS,
    maxStalenessMs: prng.pick([1_000, 2_000, 5_000]),
    maxConnectionsPerNode: prng.pick([4, 8, 20]),
    acquireTimeoutMs: prng.pick([300, 1_000]),
    ...(prng.stream('spill').chance(0.5) && { maxSpilledReads: prng.stream('spilled').whole(1, 3) }),
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    transactionTimeoutMs: 3_000,
    failoverWaitMs: prng.pick([500, 2_000]),
    positionWaitMs: prng.pick([20, 100]),
    slowStartMs: 1_000,
    startTimeoutMs: 20_000,
    ...(prng.chance(0.5) && { hedging: prng.stream('hedging').pick(HEDGINGS) }),
    ...(prng.chance(0.3) && { readConsistency: 'eventual' as const }),
    ...(prng.stream('queue').chance(0.2) && { failoverQueueLimit: prng.stream('queued').whole(1, 5) }),
  };
}

function trafficOptions(prng: Prng): TrafficOptions {
  return {
    callers: prng.whole(4, 40),
    thinkMs: prng.between(2, 30),
    mix: {
      session: prng.between(10, 60),
      strong: prng.between(1, 8),
      bounded: prng.between(1, 10),
      eventual: prng.between(1, 10),
      slow: prng.between(0, 2),
      write: prng.between(2, 20),
      hidden: prng.between(0, 1),
      transaction: prng.between(1, 12),
      'read-only': prng.between(0, 4),
      order: prng.between(0, 4),
      'by-hand': prng.between(0, 4),
      cursor: prng.between(0, 2),
      routed: prng.stream('routed').between(2, 30),
      outside: prng.stream('outside').between(0, 2),
      relaxed: prng.stream('relaxed').between(0, 2),
    },
    limited: prng.chance(0.5) ? prng.between(0, 0.1) : 0,
    boundsMs: [1_000, 2_000, 5_000],
  };
}

function faultWeights(prng: Prng): Record<Fault['kind'], number> {
  const weight = () => (prng.chance(0.3) ? 0 : prng.between(0.2, 2));
  return {
    freeze: weight() + 0.1,
    crash: weight(),
    cut: weight(),
    'slow-link': weight(),
    'slow-server': weight(),
    lag: weight(),
    'replay-paused': weight(),
    conflicts: weight(),
    break: weight(),
    full: weight(),
    rename: weight(),
    'blind-probe': weight() / 2,
    'service-paused': weight(),
    'wall-clock': weight() / 2,
    failover: weight(),
    return: weight(),
    split: weight() / 2,
  };
}
