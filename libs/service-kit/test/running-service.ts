import type { PostgresCluster } from '@app/postgres-cluster';
import type { ServiceRole } from '@app/shop-services';
import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import request from 'supertest';
import { loadServiceConfig, mintDevelopmentToken, type ServiceDefinition, type TokenClaims } from '../src';
import { createService } from '../src/boot/create-service';
import { ManagementServer } from '../src/management/management-server';

/** The environment of a service that uses the cluster, as `npm start` sets it, without a rate limit. */
export function environmentFor(cluster: PostgresCluster, role: ServiceRole): Record<string, string> {
  const monitor = cluster.credentials('monitor');
  return {
    NODE_ENV: 'test',
    RATE_LIMIT_PER_MINUTE: '0',
    DATABASE_URL: cluster.url(role),
    DATABASE_MONITOR_USER: monitor.user,
    DATABASE_MONITOR_PASSWORD: monitor.password,
  };
}

/** Runs a service in this process, listening on free ports, with logging off. */
export class RunningService {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly url: string,
    readonly managementUrl: string,
  ) {}

  static async start(
    appModule: Type,
    definition: ServiceDefinition,
    environment: Record<string, string>,
  ): Promise<RunningService> {
    const config = loadServiceConfig(definition, environment);
    const app = await createService(appModule, definition, config, false);
    const anyPort = { port: 0, host: '127.0.0.1' };
    const managementUrl = await app.get(ManagementServer).listen(anyPort);
    await app.listen(anyPort);
    return new RunningService(app, await app.getUrl(), managementUrl);
  }

  /** Makes requests with a token for the customer and further claims; without a customer, with no token. */
  async as(customer?: string, claims: TokenClaims = {}) {
    const agent = request.agent(this.url);
    return customer === undefined
      ? agent
      : agent.auth(await mintDevelopmentToken(customer, {}, claims), { type: 'bearer' });
  }

  async stop(): Promise<void> {
    await this.app.close();
  }
}
