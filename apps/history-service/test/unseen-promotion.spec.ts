import { ConsistencyTokens, RoutedPool, walPosition } from 'db-routing';
import { type PostgresCluster, until } from '@app/postgres-cluster';
import { loadServiceConfig } from '@app/service-kit';
import { environmentFor, RunningService } from '../../../libs/service-kit/test/running-service';
import { startShop } from '../../../libs/shop-database/test/shop';
import { AppModule } from '../src/app.module';
import { historyService } from '../src/service';

describe('a token from a promotion that this service has not seen', () => {
  let cluster: PostgresCluster;
  let service: RunningService;
  let token: string;

  beforeAll(async () => {
    cluster = await startShop();
    const environment = environmentFor(cluster, 'history_service');
    service = await RunningService.start(AppModule, historyService, environment);
    const { sessions } = loadServiceConfig(historyService, environment);
    const { rows } = await cluster.primary.query<{ id: string }>(
      'SELECT system_identifier::text AS id FROM pg_control_system()',
    );
    token = new ConsistencyTokens({ keys: sessions.tokenKeys }).sign(
      walPosition(rows[0]?.id ?? '', 2, 1n),
      'alice',
    );
  });
  afterAll(async () => {
    await service.stop();
    await cluster.stop();
  });

  const withToken = async () =>
    (await service.as('alice')).get('/history?limit=1').set('consistency-token', token);

  it('is refused while the primary is reachable and does not know that timeline', async () => {
    const { status, body } = await withToken();
    expect(status).toBe(400);
    expect(body).toMatchObject({ errors: [{ message: expect.stringMatching(/^is ahead/) }] });
  });

  // A client whose token is refused discards it, and then reads from what remains of the old timeline.
  it('is neither refused nor ignored while no primary is reachable, because it may be valid', async () => {
    await cluster.primary.kill();
    await until(
      'the service to have no primary',
      () => service.app.get(RoutedPool).topology.primary === undefined,
    );
    const { status, headers } = await withToken();
    expect(status).toBe(503);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    // Replicas still serve clients that have no such token.
    expect((await (await service.as('alice')).get('/history?limit=1')).status).toBe(200);
  });
});
