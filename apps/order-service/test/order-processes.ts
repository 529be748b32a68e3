import type { PostgresCluster } from '@app/postgres-cluster';
import { environmentFor } from '../../../libs/service-kit/test/running-service';
import { SpawnedProcess } from '../../../libs/service-kit/test/spawned-process';

/** Processes of order-service on one cluster, at ports of their own. */
export class OrderProcesses {
  readonly #started: SpawnedProcess[] = [];

  constructor(private readonly cluster: PostgresCluster) {}

  /** Starts one that uses the database. */
  start(environment: Record<string, string> = {}, options: { withIpc?: boolean } = {}): SpawnedProcess {
    const database = environmentFor(this.cluster, 'order_service');
    return this.startWith(
      { ...database, ORDER_PORT: '0', ORDER_MANAGEMENT_PORT: '0', ...environment },
      options,
    );
  }

  /** Starts one with these variables and no others. */
  startWith(environment: Record<string, string>, options: { withIpc?: boolean } = {}): SpawnedProcess {
    const process = SpawnedProcess.start('apps/order-service/src/main.ts', { environment, ...options });
    this.#started.push(process);
    return process;
  }

  async kill(): Promise<void> {
    await Promise.all(this.#started.map((process) => process.kill()));
  }
}
