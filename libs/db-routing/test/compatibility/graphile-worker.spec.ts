import { Logger, run, type Runner, runMigrations } from 'graphile-worker';
import { eventually } from '../support';
import { useLab } from './support';

const logger = new Logger(() => () => undefined);

describe('graphile-worker, by its option pgPool', () => {
  const lab = useLab();
  let runner: Runner | undefined;
  const done: unknown[] = [];

  beforeAll(async () => {
    await runMigrations({ pgPool: lab.pool, logger });
    runner = await run({
      pgPool: lab.pool,
      logger,
      concurrency: 3,
      noHandleSignals: true,
      // So long that only a notification can start a job.
      pollInterval: 600_000,
      taskList: {
        greet: (payload) => {
          done.push(payload);
        },
        touch: async (_payload, { withPgClient }) => {
          const { rows } = await withPgClient((client) =>
            client.query('INSERT INTO touched DEFAULT VALUES RETURNING id'),
          );
          done.push(rows);
        },
      },
    });
    await eventually('it listens', async () => {
      const listening = await lab.cluster.primary.query(
        "SELECT FROM pg_stat_activity WHERE query LIKE 'LISTEN%'",
      );
      return listening.rowCount === 1;
    });
  });
  beforeEach(() => done.splice(0));
  afterAll(() => runner?.stop());

  it('runs jobs as soon as it is notified of them', async () => {
    await runner!.addJob('greet', { name: 'Ada' });
    await eventually('the job has run', () => done.length === 1, 20_000);
    expect(done).toEqual([{ name: 'Ada' }]);
  });

  it('runs each of many jobs once, and gives them clients', async () => {
    await lab.pool.query('CREATE TABLE touched (id serial)');
    await Promise.all(Array.from({ length: 30 }, () => runner!.addJob('touch', {})));
    await eventually('all have run', () => done.length >= 30, 30_000);
    const { rows } = await lab.cluster.primary.query('SELECT count(*)::int AS n FROM touched');
    expect(rows).toEqual([{ n: 30 }]);
  });

  it('is told of jobs that SQL adds', async () => {
    await lab.pool.query(`SELECT graphile_worker.add_job('greet', '{"by":"sql"}')`);
    await eventually('the job has run', () => done.length === 1, 20_000);
    expect(done).toEqual([{ by: 'sql' }]);
  });
});
