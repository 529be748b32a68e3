import { docker } from './docker';

export const NODES = ['postgres-1', 'postgres-2', 'postgres-3'] as const;
export type NodeName = (typeof NODES)[number];

const MINUTE_MS = 60_000;

/**
 * The containers of docker-compose.yml under a separate project name, and therefore with separate volumes.
 */
export class ComposeProject {
  constructor(readonly name: string) {}

  /** @throws CommandError */
  async compose(
    command: readonly string[],
    { profile = '', timeoutMs = 5 * MINUTE_MS } = {},
  ): Promise<string> {
    const profiles = profile === '' ? [] : ['--profile', profile];
    return docker(['compose', '--project-name', this.name, ...profiles, ...command], timeoutMs);
  }

  async sql(node: NodeName, statement: string, database = 'postgres'): Promise<string> {
    const psql = ['psql', '-U', 'postgres', '-d', database, '-XAtc', statement];
    return this.compose(['exec', '-T', node, ...psql], { timeoutMs: MINUTE_MS });
  }

  async containerOf(service: string): Promise<string> {
    return this.compose(['ps', '-a', '-q', service]);
  }

  /** A field of `docker inspect`, as JSON. */
  async inspect(service: string, field: string): Promise<unknown> {
    const container = await this.containerOf(service);
    return JSON.parse(await docker(['inspect', '--format', `{{json ${field}}}`, container])) as unknown;
  }

  async isHealthy(service: string): Promise<boolean> {
    return (await this.inspect(service, '.State.Health.Status')) === 'healthy';
  }

  /** Nodes that stream from `primary`. */
  async streaming(primary: NodeName): Promise<string[]> {
    const names = await this.sql(
      primary,
      `SELECT application_name FROM pg_stat_replication WHERE state = 'streaming' ORDER BY 1`,
    );
    return names.split('\n').map((name) => name.replaceAll('_', '-'));
  }

  /** The nodes that accept writes, of those that answer. */
  async writable(): Promise<NodeName[]> {
    const answers = await Promise.all(
      NODES.map((node) => this.sql(node, 'SELECT pg_is_in_recovery()').catch(() => 't')),
    );
    return NODES.filter((_, index) => answers[index] === 'f');
  }

  async volumes(): Promise<string[]> {
    const names = await docker(['volume', 'ls', '-q', '--filter', `name=^${this.name}_`]);
    return names.split('\n').filter((name) => name !== '');
  }

  async remove(): Promise<void> {
    for (const profile of ['sync', 'middleware', '']) {
      await this.compose(['down', '--volumes', '--remove-orphans'], { profile });
    }
  }
}
