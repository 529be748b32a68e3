import type { HedgingOptions, RoutedPoolOptions, TokenKey } from 'db-routing';
import type { limitsOf } from './limits-config';

/** What a process may take of each node, and how long its statements may wait and run. */
export type PoolLimits = ReturnType<typeof limitsOf>;

/** The settings of one service, read from the environment once, at start. */
export interface ServiceConfig {
  environment: 'development' | 'test' | 'production';
  host: string;
  port: number;
  /** Serves metrics and health details; 0: any free port. */
  managementPort: number;
  /** In the format of the routing's options. */
  database: PoolLimits & {
    url: string;
    monitor: { user: string; password: string } | undefined;
    systemId: string | undefined;
    /** A replica staler than this serves no reads. */
    maxStalenessMs: number;
    /**
     * Selects which of the fit replicas serves a read; the shares are by node, for the balancer `weighted`.
     */
    balancer: RoutedPoolOptions['balancer'];
    weights: Readonly<Record<string, number>> | undefined;
    /**
     * The zone of this process and the zones of the nodes: reads go to replicas in the same zone while one is
     * fit.
     */
    zone: string | undefined;
    zones: Readonly<Record<string, string>> | undefined;
    /** How to send late reads to a second replica as well; undefined: off. */
    hedging: HedgingOptions | undefined;
    /** Replica groups and routing rules; the pool checks them. */
    groups: RoutedPoolOptions['groups'];
    rules: RoutedPoolOptions['rules'];
    /** How often each node is probed, and how long a probe may take; undefined: the pool's defaults. */
    probeIntervalMs: number | undefined;
    /** Database functions whose declared effects the owner guarantees; see the pool's option. */
    trustedFunctions: readonly string[] | undefined;
    /** How long a changed function, view or table may go unnoticed when others changed it. */
    catalogRefreshMs: number;
    /** How long to wait for the database at start. */
    startTimeoutMs: number;
    /** The time limit for all statements of one request. */
    requestBudgetMs: number;
    /** How the hosts of the URL are resolved to nodes. */
    discovery: 'static' | 'dns' | 'srv';
    discoveryIntervalMs: number;
    /** The kind of pooler in front of each node, if it gives every transaction another connection. */
    pooler: 'transaction' | undefined;
  };
  auth: AuthConfig;
  /** Where each service is that this one calls, by its name. */
  calls: Readonly<Record<string, URL>>;
  /** How a customer's session is carried from one request to the next, across services. */
  sessions: {
    tokenKeys: readonly TokenKey[];
    /** What happens to a request whose Consistency-Token is not valid. */
    onInvalidToken: 'refuse' | 'ignore';
    /** Whether to send the token as a cookie as well. */
    hasCookie: boolean;
    /**
     * How many subjects this process remembers for clients that carry no token, and for how long; undefined:
     * none.
     */
    memory: { maxSubjects: number; lifetimeMs: number } | undefined;
  };
  http: {
    /** How many requests of one customer a process serves in a minute; undefined: any number. */
    rateLimitPerMinute: number | undefined;
    /** Whether to serve the OpenAPI UI and document. */
    hasApiDocs: boolean;
  };
  /** Whether the management port streams what the routing does, and explains statements. */
  hasRoutingFeed: boolean;
  /** Whether to make spans and export them as the standard OTEL_ variables say. */
  isTracing: boolean;
  /** Between reporting not ready and refusing new connections: the time a load balancer needs to notice. */
  drainDelayMs: number;
  /** Requests in flight at a shutdown get this long to finish. */
  drainTimeoutMs: number;
  /** What the service logs at start about its environment: nothing there keeps it from running. */
  warnings: readonly string[];
}

export interface AuthConfig {
  /** How tokens are verified: with a shared secret (HS256) or with the keys an issuer publishes. */
  keys: { secret: string } | { jwksUrl: URL };
  issuer: string | undefined;
  audience: string | undefined;
}

/** Injects the ServiceConfig. */
export const SERVICE_CONFIG = Symbol('SERVICE_CONFIG');

/** Public, because it is in this file; refused in production. */
export const DEVELOPMENT_JWT_SECRET = 'development-secret-not-for-production';
