import { EventEmitter } from 'node:events';
import type { QueryResult } from 'pg';
import type { Engine } from '../../../libs/db-routing/src/engine/engine';
import type { RoutedPoolOptions } from '../../../libs/db-routing/src/postgres/pool/options/options';
import type * as Parts from '../../../libs/db-routing/src/postgres/pool/pool-parts';
import { SimEngine } from '../engine/sim-engine';
import type { Client } from '../engine/wire';
import { ConsistencyTokens, PoolParts, resolveOptions, RoutedClient } from '../library';
import type { Prng } from '../time/prng';
import { VirtualClock } from '../time/virtual-clock';
import type { Values } from '../world/sql';
import type { World } from '../world/world';
import { SimClassifier } from './classifier';

export type ServiceOptions = Omit<RoutedPoolOptions, 'clock' | 'random' | 'consistencyTokens'>;

const KEY = { id: 'sim', secret: 'a secret of the simulation, which protects nothing' };

/** A service of the load: a process with a pool of its own, made of the library's real parts. */
export class Service {
  readonly clock: VirtualClock;
  readonly tokens: InstanceType<typeof ConsistencyTokens>;
  readonly parts: Parts.PoolParts;
  readonly engine: SimEngine;
  readonly #client: Client;

  constructor(
    readonly name: string,
    readonly world: World,
    prng: Prng,
    options: ServiceOptions,
  ) {
    this.clock = new VirtualClock(world.scheduler);
    this.tokens = new ConsistencyTokens({ keys: [KEY], wallClock: () => this.clock.wall() });
    const resolved = resolveOptions({
      ...options,
      clock: this.clock,
      random: prng.random,
    });
    this.#client = {
      name,
      clock: this.clock,
      world,
      answerDeadlineMs: resolved.statementTimeoutMs + 500,
      seenTimeline: 0,
    };
    this.engine = new SimEngine({
      client: this.#client,
      probeIntervalMs: resolved.probeIntervalMs,
      maxConnectionsPerNode: resolved.maxConnectionsPerNode,
      maxLanesPerNode: Math.max(1, resolved.maxLanesPerNode),
      acquireTimeoutMs: resolved.acquireTimeoutMs,
      onProbed: ({ timeline }) => (this.#client.seenTimeline = Math.max(this.#client.seenTimeline, timeline)),
    });
    // The parts name the connections of the engine that they were written for.
    const foundation = {
      engine: this.engine as unknown as Engine,
      classifier: new SimClassifier(),
    } as unknown as Parts.Foundation;
    this.parts = new PoolParts(resolved, new EventEmitter(), foundation);
  }

  start(): Promise<void> {
    return this.parts.nodes.start();
  }

  async query(text: string, values: Values): Promise<QueryResult> {
    const { statements, statementsInUse } = this.parts;
    statementsInUse.enter();
    try {
      return (await statements.query(text, values as unknown as unknown[])) as QueryResult;
    } finally {
      statementsInUse.leave();
    }
  }

  /** A client held by hand, as pool.connect() returns it. */
  connect(): InstanceType<typeof RoutedClient> {
    const { statements, statementsInUse: inUse } = this.parts;
    return new RoutedClient({ statements, settings: {}, inUse, onReleased: () => undefined });
  }

  async end(): Promise<void> {
    this.parts.catalog.end();
    this.parts.unregister();
    await this.parts.nodes.end();
  }
}
