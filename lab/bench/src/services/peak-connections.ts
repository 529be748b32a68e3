import { setTimeout as elapsed } from 'node:timers/promises';
import type { ClusterNode } from '@app/postgres-cluster';

const POLL_MS = 250;
const COUNT = `
  SELECT count(*)::int AS count FROM pg_stat_activity
   WHERE backend_type = 'client backend' AND application_name = $1`;

/** Asks the servers, again and again, how many connections an application has to each of them. */
export class PeakConnections {
  #peak = 0;
  #isOver = false;
  readonly #counting: Promise<void>;

  private constructor(
    private readonly nodes: readonly ClusterNode[],
    private readonly applicationName: string,
  ) {
    this.#counting = this.#count();
    // Reported by stop(), which is called later.
    this.#counting.catch(() => undefined);
  }

  static count(nodes: readonly ClusterNode[], applicationName: string): PeakConnections {
    return new PeakConnections(nodes, applicationName);
  }

  /** Resolves with the highest number of connections to one node. */
  async stop(): Promise<number> {
    this.#isOver = true;
    await this.#counting;
    return this.#peak;
  }

  async #count(): Promise<void> {
    do {
      const counts = await Promise.all(
        this.nodes.map((node) => node.query<{ count: number }>(COUNT, [this.applicationName])),
      );
      this.#peak = Math.max(this.#peak, ...counts.map(({ rows }) => rows[0]?.count ?? 0));
      await elapsed(POLL_MS);
    } while (!this.#isOver);
  }
}
