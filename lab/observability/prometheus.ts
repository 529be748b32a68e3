import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../faults/services/service-process';
import { BackgroundProcess } from './background-process';

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

const QUERY_TIMEOUT_MS = 5_000;

/** A real Prometheus on loopback. */
export class Prometheus {
  readonly #startedAtSeconds = Date.now() / 1_000;

  private constructor(
    private readonly process: BackgroundProcess,
    private readonly url: string,
  ) {}

  static async start(program: string, directory: string, config: string): Promise<Prometheus> {
    const configFile = join(directory, 'prometheus.yml');
    writeFileSync(configFile, config);
    const address = `127.0.0.1:${await freePort()}`;
    const process = await BackgroundProcess.start({
      program,
      args: [
        `--config.file=${configFile}`,
        `--storage.tsdb.path=${join(directory, 'data')}`,
        `--web.listen-address=${address}`,
      ],
      readyUrl: `http://${address}/-/ready`,
    });
    return new Prometheus(process, `http://${address}`);
  }

  /**
   * The values of the expression, second by second, since this was started. @throws Error when Prometheus
   * refuses it
   */
  async queryRange(expression: string): Promise<Series[]> {
    const query = new URLSearchParams({
      query: expression,
      start: String(this.#startedAtSeconds),
      end: String(Date.now() / 1_000),
      step: '1',
    });
    const { result } = await this.#ask<{ result: Series[] }>(`/api/v1/query_range?${query.toString()}`);
    return result;
  }

  /** Labels of the expression's current results. */
  async query(expression: string): Promise<Series['metric'][]> {
    const query = new URLSearchParams({ query: expression });
    const { result } = await this.#ask<{ result: Pick<Series, 'metric'>[] }>(
      `/api/v1/query?${query.toString()}`,
    );
    return result.map(({ metric }) => metric);
  }

  /** Job and health of each target. */
  async targets(): Promise<{ job: string; health: string; lastError: string }[]> {
    const { activeTargets } = await this.#ask<{
      activeTargets: { labels: { job: string }; health: string; lastError: string }[];
    }>('/api/v1/targets?state=active');
    return activeTargets.map(({ labels, health, lastError }) => ({ job: labels.job, health, lastError }));
  }

  stop(): Promise<void> {
    return this.process.stop();
  }

  async #ask<T>(path: string): Promise<T> {
    const response = await fetch(this.url + path, { signal: AbortSignal.timeout(QUERY_TIMEOUT_MS) });
    const { data, error } = (await response.json()) as { data: T; error?: string };
    if (error !== undefined) throw new Error(`Prometheus refuses ${decodeURIComponent(path)}: ${error}`);
    return data;
  }
}
