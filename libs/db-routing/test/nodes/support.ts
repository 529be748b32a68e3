import type { PostgresCluster } from '@app/postgres-cluster';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { RoutedPool } from '../../src';
import { RouteTrace } from '../../src/routing/route-trace';
import type { NodeStatus } from '../../src/cluster/topology/snapshot';
import { startCluster } from '../test-cluster';

export type Target = Pick<PostgresCluster['primary'], 'host' | 'port'>;

/**
 * A name that can be moved from one server to another, like a Service of Kubernetes or an endpoint of Aurora.
 */
export class MovableName implements AsyncDisposable {
  readonly #sockets = new Set<Socket>();
  #onNext: ((client: Socket) => void) | undefined;

  private constructor(
    private readonly server: Server,
    readonly name: string,
    private target: Target | undefined,
  ) {
    server.on('connection', (client: Socket) => this.#lead(client));
  }

  static async of(target: Target | undefined): Promise<MovableName> {
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return new MovableName(server, `127.0.0.1:${address.port}`, target);
  }

  /**
   * Leads new connections to `target`, or nowhere when undefined. Open connections are cut, or stay where
   * they are.
   */
  move(target: Target | undefined, open: 'cut' | 'stay' = 'cut'): void {
    this.target = target;
    if (open === 'cut') for (const socket of this.#sockets) socket.destroy();
  }

  /** Lets the next connection wait. When there is one, resolves with what leads it on. */
  holdNext(): Promise<() => void> {
    return new Promise((resolve) => {
      this.#onNext = (client) => {
        client.on('error', () => undefined);
        resolve(() => this.#lead(client));
      };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.move(undefined);
    await new Promise((resolve) => this.server.close(resolve));
  }

  #lead(client: Socket): void {
    const hold = this.#onNext;
    this.#onNext = undefined;
    if (hold) {
      hold(client);
      return;
    }
    if (!this.target) {
      client.destroy();
      return;
    }
    const server = connect({ host: this.target.host, port: this.target.port, noDelay: true });
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }
}

/** The cluster's URL with these hosts. */
export function urlOf(cluster: PostgresCluster, ...names: readonly { readonly name: string }[]): string {
  return cluster.url('migrator').replace(/@[^/]+/, `@${names.map(({ name }) => name).join(',')}`);
}

export function statusOf(pool: RoutedPool, { name }: { readonly name: string }): NodeStatus | undefined {
  return pool.topology.nodes.find((node) => node.address.name === name);
}

/** The nodes that served the statements of `work`, each once. */
export async function servedBy(work: () => Promise<unknown>): Promise<readonly string[]> {
  const trace = new RouteTrace();
  await trace.record(work);
  return [...new Set(trace.entries.map(({ node }) => node))].sort();
}

/** Runs this many reads at once. */
export function reads(pool: RoutedPool, text: string, count = 20): () => Promise<unknown> {
  return () => Promise.all(Array.from({ length: count }, () => pool.query(text)));
}

/** A primary and a replica, with a table `note` into which pools may write. */
export async function startClusterWithNotes(): Promise<PostgresCluster> {
  const cluster = await startCluster({ replicas: 1 });
  await cluster.primary.query('CREATE TABLE note (id serial); ALTER TABLE note OWNER TO migrator');
  await cluster.waitForReplication();
  return cluster;
}
