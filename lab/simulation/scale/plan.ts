import { clusterUrl, nodeName } from '../load/cluster-url';
import type { ServiceOptions } from '../load/service';
import type { WorldSettings } from '../world/ground';

/** How large a run is, and what happens in it. */
export interface ScalePlan {
  readonly seed: number;
  readonly nodes: number;
  readonly sessions: number;
  readonly minutes: number;
}

export const ZONES = ['a', 'b', 'c'] as const;
export type Zone = (typeof ZONES)[number];

/** The zone that is lost; the primary is in another one. */
export const LOST_ZONE: Zone = 'b';
/** When it is lost and when it is back, as shares of the run. */
export const LOST_AT = 0.5;
export const BACK_AT = 0.7;

/** The pause between two requests of a session, on average. */
export const THINK_MS = 30_000;
/** Of each thousand requests, these write, and these read at the level `strong`. */
export const WRITES_PER_1000 = 5;
export const STRONG_PER_1000 = 5;
const PROBE_INTERVAL_MS = 5_000;

export function namesOf(nodes: number): readonly string[] {
  return Array.from({ length: nodes }, (_, index) => `${zoneAt(index)}${Math.floor(index / ZONES.length)}`);
}

export function zoneAt(index: number): Zone {
  return ZONES[index % ZONES.length] as Zone;
}

export function worldOf(servers: readonly string[]): WorldSettings {
  return {
    servers,
    aliases: {},
    synchronous: [],
    cascades: {},
    network: { latencyMs: 0.5, jitterMs: 0.2, loss: 0 },
    statementTimeoutMs: 2_000,
    idleInTransactionTimeoutMs: 1_000,
  };
}

/** A service in the zone, which prefers the replicas there. */
export function serviceIn(zone: Zone, servers: readonly string[]): ServiceOptions {
  return {
    url: clusterUrl(servers.map(nodeName)),
    monitor: { user: 'monitor', password: 'secret' },
    probeIntervalMs: PROBE_INTERVAL_MS,
    maxStalenessMs: 10_000,
    maxConnectionsPerNode: 4,
    statementTimeoutMs: 2_000,
    acquireTimeoutMs: 1_000,
    startTimeoutMs: 60_000,
    zone,
    zones: Object.fromEntries(servers.map((name) => [name, name.charAt(0)])),
  };
}
