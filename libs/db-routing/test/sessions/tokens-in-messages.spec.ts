import { walPosition } from '../../src/postgres/position/wal-position';
import type { PostgresCluster } from '@app/postgres-cluster';
import {
  acceptConsistencyToken,
  ConsistencyTokens,
  currentConsistencyToken,
  InvalidConsistencyTokenError,
  NoConsistencyTokensError,
  type RoutedPool,
  Session,
} from '../../src';
import { startPool, untilAllFit } from '../support';
import { startCluster } from '../test-cluster';

const KEYS = [{ id: 'k1', secret: 's'.repeat(32) }];

describe('a token in a message', () => {
  let cluster: PostgresCluster;
  let producer: RoutedPool;
  let consumer: RoutedPool;
  let nextId = 1;

  beforeAll(async () => {
    cluster = await startCluster();
    producer = await startPool(cluster, { maxStalenessMs: 60_000 });
    await producer.query('CREATE TABLE note (id int PRIMARY KEY)');
    await cluster.waitForReplication();
  });
  afterAll(async () => {
    await producer.end();
    await cluster.stop();
  });
  beforeEach(async () => {
    consumer = await startPool(cluster, { maxStalenessMs: 60_000, consistencyTokens: { keys: KEYS } });
    await untilAllFit(consumer);
    await Promise.all(cluster.replicas.map((replica) => replica.pauseReplay()));
  });
  afterEach(async () => {
    if (!consumer.ended) await consumer.end();
    await Promise.all(cluster.replicas.map((replica) => replica.resumeReplay()));
  });

  /** Adds the token as a request of another service would. */
  async function produce(subject?: string): Promise<{ id: number; token: string }> {
    const id = nextId++;
    const session = new Session();
    await session.run(() => producer.query('INSERT INTO note VALUES ($1)', [id]));
    if (!session.position) throw new Error('nothing was written');
    return { id, token: new ConsistencyTokens({ keys: KEYS }).sign(session.position, subject) };
  }
  const count = async (id: number) =>
    (await consumer.query('SELECT FROM note WHERE id = $1', [id])).rowCount ?? -1;

  it.each([undefined, 'alice'])('is good for a consumer, though it was made for %s', async (subject) => {
    const { id, token } = await produce(subject);
    expect(await count(id)).toBe(0);
    await new Session().run(async () => {
      acceptConsistencyToken(token);
      expect(await count(id)).toBe(1);
    });
    // A consumer without the message need not wait for its token.
    expect(await new Session().run(() => count(id))).toBe(0);
    acceptConsistencyToken(token);
    expect(await count(id)).toBe(1);
  });

  it('is made outside of requests too, of what this process has written', async () => {
    expect(currentConsistencyToken()).toBeUndefined();
    const id = nextId++;
    await consumer.query('INSERT INTO note VALUES ($1)', [id]);
    const token = currentConsistencyToken() ?? '';
    const inSession = await new Session().run(async () => {
      expect(currentConsistencyToken()).toBeUndefined();
      acceptConsistencyToken(token);
      return currentConsistencyToken();
    });
    const tokens = new ConsistencyTokens({ keys: KEYS });
    const verdict = tokens.verify(token, 'whoever', undefined);
    expect(verdict).toHaveProperty('position');
    expect(tokens.verify(inSession ?? '', undefined, undefined)).toEqual(verdict);
  });

  it('is not passed over silently where it cannot be believed', async () => {
    const { token } = await produce();
    const accept = (text: string) => () => acceptConsistencyToken(text);
    expect(accept('nonsense')).toThrow(InvalidConsistencyTokenError);
    const stranger = new ConsistencyTokens({ keys: [{ id: 'k1', secret: 'x'.repeat(32) }] });
    expect(accept(stranger.sign(walPosition('1', 1, 1n), undefined))).toThrow('is forged');
    const own = new ConsistencyTokens({ keys: KEYS });
    expect(accept(own.sign(walPosition('1', 1, 1n), undefined))).toThrow('is foreign');
    await consumer.end();
    for (const use of [accept(token), currentConsistencyToken]) {
      expect(use).toThrow(NoConsistencyTokensError);
      expect(() => new Session().run(use)).toThrow(NoConsistencyTokensError);
    }
  });

  it('of a timeline that is no more is gone past by reads that run in no session', async () => {
    const { systemId = '', timeline = 0, ...primary } = consumer.topology.primary ?? {};
    expect(primary).toHaveProperty('state', 'up');
    const ahead = walPosition(systemId, timeline + 7, 1n);
    acceptConsistencyToken(new ConsistencyTokens({ keys: KEYS }).sign(ahead, undefined));
    expect(await count(0)).toBe(0);
    expect(currentConsistencyToken()).toBeDefined();
  });
});
