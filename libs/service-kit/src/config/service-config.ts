import type { HedgingOptions, RoutedPoolOptions, TokenKey } from 'db-routing';

/** The settings of one service, read from the environment once, at start. */
export interface ServiceConfig {
  environment: 'development' | 'test' | 'production';
  host: string;
  port: number;
  /** Serves metrics and health details; 0: any free one. */
  managementPort: number;
  /** As the options of the routing have them. */
  database: {
    url: string;
    monitor: { user: string; password: string } | undefined;
    systemId: string | undefined;
    /** A node further behind than this serves no reads. */
    maxStalenessMs: number;
    /** Which of the fit replicas serves a read; the shares, by node, of the balancer `weighted`. */
    balancer: RoutedPoolOptions['balancer'];
    weights: Readonly<Record<string, number>> | undefined;
    /** Where this process runs, and where each node does: reads go to replicas of the same zone while one is fit. */
    zone: string | undefined;
    zones: Readonly<Record<string, string>> | undefined;
    /** How reads that are late are sent to a second replica; undefined: they are not. */
    hedging: HedgingOptions | undefined;
    /** Replica groups and routing rules; the pool checks them. */
    groups: RoutedPoolOptions['groups'];
    rules: RoutedPoolOptions['rules'];
    /** How often a node is asked how it is, and how long it may take to answer; undefined: as the pool has it. */
    probeIntervalMs: number | undefined;
    /** Functions of the database that its owner vouches for; the pool says what that means. */
    trustedFunctions: readonly string[] | undefined;
    /** For so long a function, view or table that others have changed may go unnoticed. */
    catalogRefreshMs: number;
    /** How long to wait for the database at start. */
    startTimeoutMs: number;
    /** How long a write waits while the database cannot take it. */
    failoverWaitMs: number;
    /** For everything that one request asks of the database. */
    requestBudgetMs: number;
    /** How the nodes are found by the hosts of the URL. */
    discovery: 'static' | 'dns' | 'srv';
    discoveryIntervalMs: number;
    /** Beside the few that reads share. */
    maxConnectionsPerNode: number;
    /** What stands before each node, if it gives every transaction another connection. */
    pooler: 'transaction' | undefined;
  };
  auth: AuthConfig;
  /** How what a customer has written and seen is carried from one request to the next, whichever service it goes to. */
  sessions: {
    tokenKeys: readonly TokenKey[];
    /** What becomes of a request whose Consistency-Token is not believed. */
    onInvalidToken: 'refuse' | 'ignore';
    /** The token as a cookie too. */
    hasCookie: boolean;
    /** How many subjects this process remembers for clients that carry no token, and for how long; undefined: none. */
    memory: { maxSubjects: number; lifetimeMs: number } | undefined;
  };
  /** Whether spans are made, and exported as the standard OTEL_ variables say. */
  isTracing: boolean;
  /** Between reporting not ready and taking no new connection: the time a balancer needs to notice. */
  drainDelayMs: number;
  /** Requests in flight at a shutdown get this long to finish. */
  drainTimeoutMs: number;
}

export interface AuthConfig {
  /** Where tokens are verified: a shared secret (HS256) or the keys an issuer publishes. */
  keys: { secret: string } | { jwksUrl: URL };
  issuer: string | undefined;
  audience: string | undefined;
}

/** Injects the ServiceConfig. */
export const SERVICE_CONFIG = Symbol('SERVICE_CONFIG');

/** Known to everybody who has read this file: production refuses it. */
export const DEVELOPMENT_JWT_SECRET = 'development-secret-not-for-production';
