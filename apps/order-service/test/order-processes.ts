import type { PostgresCluster } from '@app/postgres-cluster';
import { environmentFor } from '../../../libs/service-kit/test/running-service';
import { SpawnedProcess } from '../../../libs/service-kit/test/spawned-process';
import { startShop } from '../../../libs/shop-database/test/shop';

/** Processes of order-service on one cluster, at ports of their own. */
export class OrderProcesses {
  readonly #started: SpawnedProcess[] = [];

  private constructor(readonly cluster: PostgresCluster) {}

  /** Starts a cluster without replicas. */
  static async onOwnCluster(): Promise<OrderProcesses> {
    return new OrderProcesses(await startShop({ replicas: 0 }));
  }

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

  /** Ends them, and then the cluster. */
  async stop(): Promise<void> {
    await Promise.all(this.#started.map((process) => process.kill()));
    await this.cluster.stop();
  }
}

/** Where the process serves requests, once it does. */
export async function urlOf(process: SpawnedProcess): Promise<string> {
  await process.says('listening on');
  return /listening on (http:\/\/[\d.]+:\d+)/.exec(process.stdout)![1]!;
}
