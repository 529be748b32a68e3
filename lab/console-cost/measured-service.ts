import { join } from 'node:path';
import type { PostgresCluster } from '@app/postgres-cluster';
import { mintDevelopmentToken, readRoutingFeed } from '@app/service-kit';
import { freePort, ServiceProcess } from '../faults/services/service-process';
import { takeTurn, type Target, type Turn } from './turn';

const DIST = join(__dirname, '..', '..');
/** What `npm start` loads before each service. */
const PRELOAD = join(DIST, 'tools', 'start', 'faults', 'cut-links.preload.js');

/** The order service as one process, with what the console needs or without. */
export class MeasuredService {
  private constructor(
    private readonly service: ServiceProcess,
    private readonly target: Target,
    private readonly managementUrl: string,
  ) {}

  static async start(
    cluster: PostgresCluster,
    { isConsolePossible }: { readonly isConsolePossible: boolean },
  ) {
    const [port, managementPort] = [await freePort(), await freePort()];
    const monitor = cluster.credentials('monitor');
    const service = new ServiceProcess({
      name: 'order-service',
      entry: join(DIST, 'apps', 'order-service', 'src', 'main.js'),
      port,
      preload: isConsolePossible ? [PRELOAD] : [],
      logFile: join(cluster.directory, `order-service-${port}.log`),
      environment: {
        ...process.env,
        NODE_ENV: 'development',
        NEST_LOG_LEVEL: 'warn',
        RATE_LIMIT_PER_MINUTE: '0',
        ORDER_PORT: String(port),
        ORDER_MANAGEMENT_PORT: String(managementPort),
        ROUTING_FEED: isConsolePossible ? 'on' : 'off',
        DATABASE_URL: cluster.url('order_service'),
        DATABASE_MONITOR_USER: monitor.user,
        DATABASE_MONITOR_PASSWORD: monitor.password,
      },
    });
    await service.start();
    const accessToken = await mintDevelopmentToken('alice');
    const target = { url: service.url, pid: service.pid ?? 0, accessToken };
    return new MeasuredService(service, target, `http://127.0.0.1:${managementPort}`);
  }

  takeTurn(requests: number): Promise<Turn> {
    return takeTurn(this.target, requests);
  }

  /** A turn while the feed has a subscriber, which is what an open console is to a service. */
  async takeObservedTurn(requests: number): Promise<Turn> {
    const stop = new AbortController();
    const feed = readRoutingFeed(this.managementUrl, stop.signal);
    await feed.next();
    const reading = (async () => {
      for await (const _ of feed);
    })().catch(() => undefined);
    try {
      return await this.takeTurn(requests);
    } finally {
      stop.abort();
      await reading;
    }
  }

  stop(): Promise<void> {
    return this.service.stop();
  }
}
