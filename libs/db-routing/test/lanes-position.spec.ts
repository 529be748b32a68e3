import type { ClusterNode, PostgresCluster } from '@app/postgres-cluster';
import { Lsn, parseLsn } from '../src/postgres/position/lsn';
import type { LaneOptions } from '../src/postgres/lanes/lane-read';
import { StalePositionError } from '../src/engine/stale-position-error';
import { LaneLab } from './lanes-support';
import { eventually } from './support';
import { startCluster } from './test-cluster';

const LABELS = 'SELECT label FROM note WHERE id = $1';

describe('what a lane knows of its server', () => {
  let cluster: PostgresCluster;
  let primary: ClusterNode;
  let replica: ClusterNode;
  const labs: LaneLab[] = [];

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1 });
    primary = cluster.primary;
    [replica] = cluster.replicas as [ClusterNode];
    await primary.query('CREATE TABLE note (id serial PRIMARY KEY, label text)');
    await primary.query("INSERT INTO note (label) VALUES ('first')");
    await primary.query('GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC');
    await cluster.waitForReplication();
  });

  afterEach(async () => {
    await replica.resumeReplay();
    await Promise.all(labs.splice(0).map((lab) => lab.end()));
  });

  afterAll(() => cluster.stop());

  function open(node: ClusterNode, options: Partial<LaneOptions> = {}): LaneLab {
    const lab = new LaneLab(node, { maxLanes: 1, ...options });
    labs.push(lab);
    return lab;
  }

  async function write(): Promise<{ id: number; lsn: Lsn }> {
    const { rows } = await primary.query<{ id: number }>(
      "INSERT INTO note (label) VALUES ('more') RETURNING id",
    );
    const position = await primary.query<{ lsn: string }>('SELECT pg_current_wal_flush_lsn() AS lsn');
    return { id: rows[0]!.id, lsn: parseLsn(position.rows[0]!.lsn) };
  }

  it('tells how far the data reaches, of both roles', async () => {
    const { lsn } = await write();
    await cluster.waitForReplication();
    const ask = async (node: ClusterNode) =>
      (await open(node).lanes.read({ input: LABELS, values: [1], wantsPosition: true })).position!;
    const [onPrimary, onReplica] = [await ask(primary), await ask(replica)];
    expect(onPrimary).toMatchObject({ isReplica: false, timeline: 1 });
    expect(onReplica).toMatchObject({ isReplica: true, timeline: undefined });
    expect(onPrimary.log.has(lsn)).toBe(true);
    expect(onReplica.log.has(lsn)).toBe(true);
    expect(onPrimary.startedAt).not.toBe(onReplica.startedAt);
  });

  it('answers those whose question is asked anew, though the lanes are told to end meanwhile', async () => {
    const lab = open(primary);
    const divide = 'SELECT 12 / $1::int AS q';
    for (let i = 0; i < 30; i++) await lab.rows(divide, [1], { wantsPosition: true });
    // They share a Sync, so the failing one takes the position query with it.
    const reads = [
      lab.rows(divide, [4], { wantsPosition: true }),
      lab.rows(divide, [0], { wantsPosition: true }),
    ];
    const failed = expect(reads[1]).rejects.toThrow('division by zero');
    await lab.end();
    expect(await reads[0]).toEqual([{ q: 3 }]);
    await failed;
  });

  it('asks once for all reads of a turn that want to know', async () => {
    const { lanes } = open(replica);
    const read = () => lanes.read({ input: LABELS, values: [1], wantsPosition: true });
    await read();
    for (let turn = 0; turn < 20; turn++) {
      const before = lanes.counters.positionQueries;
      const answers = await Promise.all(Array.from({ length: 20 }, read));
      expect(new Set(answers.map(({ position }) => position!.log.toString())).size).toBe(1);
      expect(lanes.counters.positionQueries - before).toBe(1);
    }
  });

  it('gives a position that covers what the read has seen', async () => {
    const lab = open(replica);
    let seen = 0;
    let isOver = false;
    const reader = async () => {
      while (!isOver) {
        const { result, position } = await lab.lanes.read({
          input: 'SELECT max(id) AS id, pg_last_wal_replay_lsn() AS lsn FROM note',
          wantsPosition: true,
        });
        const [row] = (result as { rows: { id: number; lsn: string }[] }).rows;
        expect(position!.log.has(parseLsn(row!.lsn))).toBe(true);
        seen += 1;
      }
    };
    const readers = Promise.all([reader(), reader(), reader()]);
    for (let i = 0; i < 20; i++) await write();
    await eventually('enough was read', () => seen > 100);
    isOver = true;
    await readers;
  });

  it('sends no check once the connection has proven enough', async () => {
    const lab = open(replica);
    const { id, lsn } = await write();
    await cluster.waitForReplication();
    expect(await lab.rows(LABELS, [id], { atLeast: lsn })).toEqual([{ label: 'more' }]);
    expect(lab.lanes.counters.positionQueries).toBe(1);
    for (let i = 0; i < 20; i++) await lab.rows(LABELS, [id], { atLeast: lsn });
    await lab.rows(LABELS, [id], { atLeast: new Lsn(lsn.value - 1n) });
    expect(lab.lanes.counters.positionQueries).toBe(1);
    await lab.rows(LABELS, [id], { wantsPosition: true });
    const later = await write();
    await cluster.waitForReplication();
    await lab.rows(LABELS, [later.id], { atLeast: later.lsn });
    expect(lab.lanes.counters.positionQueries).toBe(3);
  });

  it('asks once whether its server is a primary, and each time where it is none', async () => {
    const ask = async (node: ClusterNode) => {
      const { lanes } = open(node);
      const read = { input: LABELS, values: [1], wantsPrimary: true };
      for (let i = 0; i < 20; i++) {
        const { position } = await lanes.read(read);
        expect(position?.isReplica).toBe(node === replica);
      }
      return lanes.counters.positionQueries;
    };
    expect([await ask(primary), await ask(replica)]).toEqual([1, 20]);
  });

  it('checks once for all reads of a turn', async () => {
    const lab = open(replica);
    const { id, lsn } = await write();
    await cluster.waitForReplication();
    await lab.rows(LABELS, [1]);
    const answers = Array.from({ length: 20 }, () => lab.rows(LABELS, [id], { atLeast: lsn }));
    for (const rows of await Promise.all(answers)) expect(rows).toEqual([{ label: 'more' }]);
    expect(lab.lanes.counters.positionQueries).toBe(1);
  });

  it('throws the answer away when the server is behind, and says where it is', async () => {
    const lab = open(replica);
    await lab.warm(LABELS, [1]);
    await replica.pauseReplay();
    const { id, lsn } = await write();
    const stale = await Promise.allSettled([
      lab.rows(LABELS, [id], { atLeast: lsn }),
      lab.rows(LABELS, [1]),
      lab.rows(LABELS, [id], { atLeast: lsn, wantsPosition: true }),
    ]);
    expect(stale.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected']);
    const error = (stale[0] as PromiseRejectedResult).reason as StalePositionError;
    expect(error).toBeInstanceOf(StalePositionError);
    expect(error.needed).toBe(lsn);
    expect(error.position!.log.has(lsn)).toBe(false);
    await replica.resumeReplay();
    await cluster.waitForReplication();
    expect(await lab.rows(LABELS, [id], { atLeast: lsn })).toEqual([{ label: 'more' }]);
  });

  it('says so when it could not prove anything', async () => {
    const lab = open(primary);
    await primary.query('REVOKE EXECUTE ON FUNCTION pg_is_in_recovery() FROM PUBLIC');
    try {
      const read = { input: LABELS, values: [1] };
      await expect(lab.lanes.read({ ...read, wantsPosition: true })).rejects.toMatchObject({
        name: 'StalePositionError',
        position: undefined,
        cause: { code: '42501' },
      });
      await expect(lab.lanes.read({ ...read, atLeast: new Lsn(1n) })).rejects.toBeInstanceOf(
        StalePositionError,
      );
      await expect(lab.lanes.read(read)).resolves.toBeDefined();
    } finally {
      await primary.query('GRANT EXECUTE ON FUNCTION pg_is_in_recovery() TO PUBLIC');
    }
  });

  it('forgets it with the connection', async () => {
    const lab = open(primary);
    const { id, lsn } = await write();
    await lab.rows(LABELS, [id], { atLeast: lsn });
    await lab.rows(LABELS, [id], { atLeast: lsn });
    expect(lab.lanes.counters.positionQueries).toBe(1);
    const pid = await lab.backend();
    await primary.query('SELECT pg_terminate_backend($1, 5000)', [pid]);
    await eventually('the loss is noticed', () => lab.failures.length === 1);
    expect(await lab.rows(LABELS, [id], { atLeast: lsn })).toEqual([{ label: 'more' }]);
    expect(lab.lanes.counters.positionQueries).toBe(2);
  });
});
