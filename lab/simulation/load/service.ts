import { EventEmitter } from 'node:events';
import type { QueryResult } from 'pg';
import type { ShadowReport, StatementReport } from 'db-routing';
import type { Engine } from '../../../libs/db-routing/src/engine/engine';
import type { NodeChange } from '../../../libs/db-routing/src/cluster/topology/node-changes';
import type { RoutedPoolOptions } from '../../../libs/db-routing/src/postgres/pool/options/options';
import type * as Parts from '../../../libs/db-routing/src/postgres/pool/pool-parts';
import type { StatementPhase } from '../checks/phases';
import { ServiceWatch } from '../checks/service-watch';
import { WatchedTrace } from '../checks/watched-trace';
import { SimEngine } from '../engine/sim-engine';
import type { Client } from '../engine/client';
import { ConsistencyTokens, PoolParts, resolveOptions, RoutedClient } from '../library';
import type { Prng } from '../time/prng';
import { VirtualClock } from '../time/virtual-clock';
import type { Values } from '../world/sql';
import type { World } from '../world/world';
import { SimClassifier } from './classifier';
import { Directory } from './directory';
import type { KnownRule } from './routing/catalogue';
import { ServiceRouting } from './routing/service-routing';

export type ServiceOptions = Omit<RoutedPoolOptions, 'clock' | 'random' | 'consistencyTokens'>;

const WAITING = 'waiting for a connection';
const KEY = { id: 'sim', secret: 'a secret of the simulation, which protects nothing' };

/** A service of the load: a process with a pool of its own, made of the library's real parts. */
export class Service {
  readonly clock: VirtualClock;
  readonly tokens: InstanceType<typeof ConsistencyTokens>;
  readonly parts: Parts.PoolParts;
  readonly engine: SimEngine;
  /** What the pool tells the application. */
  readonly events = new EventEmitter();
  readonly settings: ReturnType<typeof resolveOptions>;
  readonly watch: ServiceWatch;
  /** Set where it looks for its nodes by name. */
  readonly directory: Directory | undefined;
  /** How its reads are to be routed. */
  readonly routing: ServiceRouting;
  /** The last token that it has issued. */
  lastToken: { readonly subject: string; readonly token: string } | undefined;
  readonly #client: Client;
  #hasStarted = false;

  constructor(
    readonly name: string,
    readonly world: World,
    prng: Prng,
    options: ServiceOptions,
  ) {
    this.clock = new VirtualClock(world.scheduler);
    this.tokens = new ConsistencyTokens({ keys: [KEY], wallClock: () => this.clock.wall() });
    this.directory =
      options.discovery && new Directory(hostsOf(world), options.discoveryIntervalMs ?? 5_000, this.clock);
    const resolved = (this.settings = resolveOptions({
      ...options,
      ...(this.directory && { lookup: this.directory }),
      clock: this.clock,
      random: prng.random,
    }));
    this.#client = {
      name,
      clock: this.clock,
      world,
      answerDeadlineMs: resolved.statementTimeoutMs + 500,
      isUnprivileged: options.monitor?.user === 'nobody',
      seenTimeline: 0,
      probed: new Map(),
      wires: new Set(),
    };
    this.engine = new SimEngine({
      client: this.#client,
      probeIntervalMs: resolved.probeIntervalMs,
      maxConnectionsPerNode: resolved.maxConnectionsPerNode,
      maxLanesPerNode: Math.max(1, resolved.maxLanesPerNode),
      acquireTimeoutMs: resolved.acquireTimeoutMs,
      onProbed: ({ timeline }, node, probed) => {
        this.#client.probed.set(node, probed.server);
        // The first probes may tell more than the pool takes in.
        if (!this.#hasStarted) return;
        this.#client.seenTimeline = Math.max(this.#client.seenTimeline, timeline);
        this.watch.judgement.answered(node, probed, () =>
          // What is claimed of a server comes from the probe of one of its names.
          this.parts.nodes.topology.nodes.find(({ address }) => address.name === node),
        );
      },
      onMissed: (node) => this.watch.judgement.missed(node),
    });
    // The parts name the connections of the engine that they were written for.
    const foundation = {
      engine: this.engine as unknown as Engine,
      classifier: new SimClassifier(),
    } as unknown as Parts.Foundation;
    this.parts = new PoolParts(resolved, this.events, foundation);
    this.watch = new ServiceWatch(this);
    this.routing = new ServiceRouting(this, options);
    this.events.on('nodeChange', (change: NodeChange) => this.routing.nodeChanged(change));
    this.events.on('shadow', ({ rule }: ShadowReport) => this.routing.shadowed(rule));
    this.events.on('statement', ({ outcome }: StatementReport) => WatchedTrace.ended(outcome));
  }

  /** Whether one of its statements is there just now: what phases() has, without the others. */
  isIn(phase: StatementPhase): boolean {
    if (phase === WAITING) {
      return this.parts.nodes.stats.some(({ waiting, laneWaiting }) => waiting + laneWaiting > 0);
    }
    for (const wire of this.#client.wires) if (wire.phase === phase) return true;
    for (const call of this.watch.calls) if (call.phase === phase) return true;
    return false;
  }

  /** Where its statements are just now. */
  *phases(): Generator<StatementPhase> {
    for (const { waiting, laneWaiting } of this.parts.nodes.stats) {
      if (waiting + laneWaiting > 0) yield WAITING;
    }
    for (const { phase } of this.#client.wires) if (phase) yield phase;
    for (const { phase } of this.watch.calls) if (phase) yield phase;
  }

  async start(): Promise<void> {
    await this.parts.nodes.start();
    this.#hasStarted = true;
  }

  /** As every function that each operation runs through, it chains promises: an async one costs more. */
  query(text: string, values: Values): Promise<QueryResult> {
    const { statements, statementsInUse } = this.parts;
    const leave = statements.currentScope ? undefined : WatchedTrace.autocommit();
    statementsInUse.enter();
    const end = () => {
      leave?.();
      statementsInUse.leave();
    };
    const failed = (error: unknown): never => {
      end();
      throw error;
    };
    try {
      return statements.query(text, values as unknown as unknown[]).then((result) => {
        end();
        return result as QueryResult;
      }, failed);
    } catch (error) {
      end();
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** A client held by hand, as pool.connect() returns it. */
  connect(): InstanceType<typeof RoutedClient> {
    const { statements, statementsInUse: inUse } = this.parts;
    return new RoutedClient({ statements, settings: {}, inUse, onReleased: () => undefined });
  }

  /** Replaces the rules, as pool.useRules() does. */
  useRules(rules: readonly KnownRule[]): void {
    this.parts.router.useRules(rules.map(({ rule }) => rule));
    this.routing.rules = rules;
  }

  async end(): Promise<void> {
    this.parts.catalog.end();
    this.parts.unregister();
    await this.parts.nodes.end();
  }
}

/** All names of the cluster's servers. */
function hostsOf({ settings }: World): readonly string[] {
  return [...settings.servers, ...Object.keys(settings.aliases)];
}
