import PgBoss from 'pg-boss';
import { eventually } from '../support';
import { useLab } from './support';

describe('pg-boss, by its option db', () => {
  const lab = useLab();
  let boss: PgBoss;
  const errors: Error[] = [];

  beforeAll(async () => {
    boss = new PgBoss({
      db: { executeSql: (text, values) => lab.pool.query(text, values) },
      supervise: true,
      schedule: true,
    });
    boss.on('error', (error) => errors.push(error));
    await boss.start();
  });
  afterAll(async () => {
    await boss.stop({ graceful: false, wait: true });
    expect(errors).toEqual([]);
  });

  it('sends, works, completes, fails and retries', async () => {
    await boss.createQueue('mail');
    const done: unknown[] = [];
    let attempts = 0;
    await boss.work<{ to: string }>('mail', { pollingIntervalSeconds: 0.5 }, async ([job]) => {
      attempts += 1;
      if (attempts === 1) throw new Error('the first time');
      done.push(job?.data.to);
      return Promise.resolve();
    });
    const id = await boss.send('mail', { to: 'ada' }, { retryLimit: 2, retryDelay: 0 });
    await eventually('the job is done', () => done.length === 1, 30_000);
    await eventually(
      'it is completed',
      async () => (await boss.getJobById('mail', id!))?.state === 'completed',
    );
    expect(done).toEqual(['ada']);
    expect(attempts).toBe(2);
    await boss.offWork('mail');
  });

  it('gives each job to one of several workers', async () => {
    await boss.createQueue('count');
    const seen: number[] = [];
    const worker = async (jobs: PgBoss.Job<{ n: number }>[]) => {
      seen.push(...jobs.map(({ data }) => data.n));
      return Promise.resolve();
    };
    const options = { pollingIntervalSeconds: 0.5, batchSize: 10 };
    await Promise.all(Array.from({ length: 3 }, () => boss.work('count', options, worker)));
    await boss.insert(Array.from({ length: 60 }, (_, n) => ({ name: 'count', data: { n } })));
    await eventually('all are done', () => seen.length >= 60, 30_000);
    expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, n) => n));
    await boss.offWork('count');
  });

  it('keeps schedules', async () => {
    await boss.createQueue('nightly');
    await boss.schedule('nightly', '0 3 * * *', { what: 'report' });
    expect(await boss.getSchedules()).toEqual([
      expect.objectContaining({ name: 'nightly', cron: '0 3 * * *' }),
    ]);
    await boss.unschedule('nightly');
  });

  it('sends in a transaction of the application', async () => {
    await boss.createQueue('outbox');
    const client = await lab.pool.connect();
    try {
      const db = { executeSql: (text: string, values: unknown[]) => client.query(text, values) };
      await client.query('BEGIN');
      await boss.send('outbox', {}, { db });
      await client.query('ROLLBACK');
      expect(await boss.getQueueSize('outbox')).toBe(0);
      await client.query('BEGIN');
      await boss.send('outbox', {}, { db });
      await client.query('COMMIT');
    } finally {
      client.release();
    }
    expect(await boss.getQueueSize('outbox')).toBe(1);
  });
});
