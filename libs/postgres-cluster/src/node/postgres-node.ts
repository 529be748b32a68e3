import { rmSync } from 'node:fs';
import type { Client, QueryResult, QueryResultRow } from 'pg';
import type { ClusterNode } from '../cluster-node';
import { MAINTENANCE_DATABASE, REPLICATOR, SUPERUSER } from '../database';
import { PostgresClusterError } from '../errors';
import type { Link } from '../network/link';
import { type Upstream, writeNodeConfig } from './node-config';
import { databaseUrl } from '../database-url';
import type { NodeContext } from './node-context';
import { passwordOf } from '../passwords';
import { promoteServer } from './promotion';
import type { Server, StopMode } from '../server';
import { stopForSure } from './stop-for-sure';
import { withClient } from './sql-access';
import type { TcpProxy } from '../network/tcp-proxy';
import {
  clientBackendPids,
  dropUnusedSlots,
  ensureSlot,
  pauseReplay,
  streamsFrom,
  untilSetting,
  walSenderPids,
} from './streaming';

/** A node of the cluster: one server, and the state needed to keep it replicating. */
export class PostgresNode implements ClusterNode {
  readonly host: string;
  readonly name: string;
  readonly slot: string;
  #upstream: PostgresNode | undefined;
  #applyDelayMs = 0;

  constructor(
    readonly index: number,
    readonly port: number,
    readonly directPort: number,
    readonly logFile: string,
    private readonly server: Server,
    private readonly proxy: TcpProxy | undefined,
    private readonly context: NodeContext<PostgresNode>,
  ) {
    this.host = context.host;
    this.name = `${context.host}:${port}`;
    this.slot = `node_${index}`;
  }

  get role(): 'primary' | 'replica' {
    return this.#upstream === undefined ? 'primary' : 'replica';
  }

  get upstream(): PostgresNode | undefined {
    return this.#upstream;
  }

  get isRunning(): boolean {
    return this.server.isRunning;
  }

  get dataDirectory(): string {
    return this.server.dataDirectory;
  }

  get pid(): number | undefined {
    return this.server.pid;
  }

  get link(): Link {
    if (this.proxy !== undefined) return this.proxy;
    throw new PostgresClusterError(`${this.name} has no link: start the cluster with { proxied: true }.`);
  }

  url(role: string, options: { database?: string } = {}): string {
    const { passwords, database } = this.context;
    return databaseUrl(role, passwordOf(passwords, role), [this], options.database ?? database);
  }

  async query<R extends QueryResultRow = QueryResultRow>(
    sql: string,
    values: readonly unknown[] = [],
    options: { database?: string } = {},
  ): Promise<QueryResult<R>> {
    return this.withClient((client) => client.query<R>(sql, [...values]), options.database);
  }

  async withClient<T>(work: (client: Client) => Promise<T>, database = this.context.database): Promise<T> {
    const password = passwordOf(this.context.passwords, SUPERUSER);
    return withClient({ host: this.host, port: this.directPort, password, database }, work);
  }

  async pauseReplay(): Promise<void> {
    await this.withClient((client) => pauseReplay(client, this.name));
  }

  async resumeReplay(): Promise<void> {
    await this.query('SELECT pg_wal_replay_resume()');
  }

  async setApplyDelay(delayMs: number): Promise<void> {
    if (!(Number.isInteger(delayMs) && delayMs >= 0)) {
      throw new RangeError(`delayMs is ${delayMs}; it must be a whole number of milliseconds, 0 or more.`);
    }
    this.#applyDelayMs = delayMs;
    this.#writeConfig();
    await this.server.reload();
    await untilSetting(this, 'recovery_min_apply_delay', `${delayMs}`);
  }

  async start(): Promise<void> {
    this.#writeConfig();
    await this.context.beforeStart(this.directPort);
    await this.server.start();
  }

  async stop(mode: StopMode = 'fast', timeoutMs?: number): Promise<void> {
    await this.server.stop(mode, timeoutMs);
  }

  async restart(mode: StopMode = 'fast'): Promise<void> {
    await this.stop(mode);
    await this.start();
  }

  async kill(): Promise<void> {
    await this.server.kill();
  }

  freeze(): void {
    this.server.freeze();
  }

  thaw(): void {
    this.server.thaw();
  }

  async promote(): Promise<void> {
    await promoteServer(this);
    this.setUpstream(undefined);
    this.#writeConfig();
    this.context.onRoleChange(this);
  }

  async follow(upstream: ClusterNode): Promise<void> {
    if (!(upstream instanceof PostgresNode) || upstream === this) {
      throw new PostgresClusterError(`${this.name} cannot follow ${upstream.name}.`);
    }
    await upstream.keepWalFor(this);
    const previous = this.#upstream;
    this.setUpstream(upstream);
    if (previous !== undefined && this.isRunning) {
      this.#writeConfig();
      await this.server.reload();
    } else {
      await stopForSure(this.server, 'fast');
      await this.start();
    }
    if (!(await streamsFrom(this, upstream))) await this.recloneFrom(upstream);
    await this.#dropUnusedSlots();
    if (previous?.isRunning === true) await previous.#dropUnusedSlots();
    this.context.onRoleChange(this);
  }

  async walSenders(replica?: ClusterNode): Promise<number[]> {
    const slot = replica instanceof PostgresNode ? replica.slot : undefined;
    return this.server.visiblePids(await this.withClient((client) => walSenderPids(client, slot)));
  }

  async backendPids(): Promise<number[]> {
    return this.server.visiblePids(await this.withClient(clientBackendPids));
  }

  /** The node it streams from, effective at its next start; undefined makes it a primary. */
  setUpstream(upstream: PostgresNode | undefined): void {
    this.#upstream = upstream;
  }

  /** Starts a stopped replica, or clones it first if it is new or can no longer follow. */
  async startStreaming(hasData: boolean): Promise<void> {
    const upstream = this.#upstream;
    if (upstream === undefined) throw new PostgresClusterError(`${this.name} is a primary.`);
    if (!hasData) {
      await this.recloneFrom(upstream);
      return;
    }
    await upstream.keepWalFor(this);
    try {
      await this.start();
      if (await streamsFrom(this, upstream)) return;
    } catch (error) {
      if (!(error instanceof PostgresClusterError)) throw error;
    }
    await this.recloneFrom(upstream);
  }

  async keepWalFor(replica: PostgresNode): Promise<void> {
    await this.withClient((client) => ensureSlot(client, replica.slot), MAINTENANCE_DATABASE);
  }

  /** Deletes the data and starts again with a copy of the upstream's. */
  async recloneFrom(upstream: PostgresNode): Promise<void> {
    await stopForSure(this.server, 'immediate');
    rmSync(this.dataDirectory, { recursive: true, force: true });
    await upstream.cloneTo([this]);
    await this.start();
    if (!(await streamsFrom(this, upstream))) {
      throw new PostgresClusterError(
        `${this.name} does not stream from ${upstream.name}; see ${this.logFile}.`,
      );
    }
  }

  /** Fills the data directories of stopped nodes that have no data, which makes them this node's replicas. */
  async cloneTo(nodes: readonly PostgresNode[]): Promise<void> {
    for (const node of nodes) {
      await this.keepWalFor(node);
      node.setUpstream(this);
    }
    const targets = nodes.map(({ dataDirectory }) => dataDirectory);
    await this.withClient((client) => this.server.cloneTo(client, targets), MAINTENANCE_DATABASE);
  }

  async #dropUnusedSlots(): Promise<void> {
    const followers = this.context.nodes().filter((node) => node.#upstream === this);
    const used = followers.map(({ slot }) => slot);
    await this.withClient((client) => dropUnusedSlots(client, used), MAINTENANCE_DATABASE);
  }

  #writeConfig(): void {
    const { platform, settings, identity, passfile } = this.context;
    const upstream: Upstream | undefined = this.#upstream && {
      host: platform.hostOf(this.#upstream.index),
      port: this.#upstream.directPort,
      user: REPLICATOR,
      passfile,
      slot: this.slot,
    };
    const config = {
      listenAddresses: platform.listenAddresses,
      port: this.directPort,
      upstream,
      applyDelayMs: this.#applyDelayMs,
      settings,
    };
    writeNodeConfig(this.dataDirectory, config, identity);
  }
}
