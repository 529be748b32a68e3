import { Registry } from 'prom-client';
import type { StatementReport } from '../execution/reports';
import { node, primary, PublishedPool } from '../../test/published-pool';
import { observePool } from './observe-pool';

const read: StatementReport = {
  text: 'SELECT 1',
  node: 'b',
  role: 'replica',
  reason: 'read',
  work: 'read',
  outcome: 'answered',
  durationMs: 3,
};

describe('observePool', () => {
  let pool: PublishedPool;
  let registry: Registry;
  let stop: () => void;

  beforeEach(() => {
    pool = new PublishedPool();
    registry = new Registry();
    stop = observePool(pool, registry);
  });

  /** The samples of a metric, as Prometheus reads them: `{labels}` without the name, and the value. */
  const samples = async (name: string): Promise<Record<string, number>> => {
    const lines = (await registry.getSingleMetricAsString(name)).split('\n');
    return Object.fromEntries(
      lines
        .filter((line) => line !== '' && !line.startsWith('#'))
        .map((line) => {
          const at = line.lastIndexOf(' ');
          return [line.slice(name.length, at), Number(line.slice(at + 1))];
        }),
    );
  };

  it('gives the lag of a replica in seconds and bytes, and no lag for a primary', async () => {
    pool.publish(primary('a'), node('b', { stalenessMs: 1_500, lagBytes: 4_096 }));
    expect(await samples('db_routing_replication_lag_seconds')).toEqual({ '{node="b"}': 1.5 });
    expect(await samples('db_routing_replication_lag_bytes')).toEqual({ '{node="b"}': 4_096 });
  });

  it('takes a lag that cannot be told for no sample, also after one that could', async () => {
    pool.publish(primary('a'), node('b', { stalenessMs: 20, lagBytes: 0 }));
    expect(await samples('db_routing_replication_lag_seconds')).toEqual({ '{node="b"}': 0.02 });
    pool.publish(primary('a'), node('b', { state: 'down' }));
    expect(await samples('db_routing_replication_lag_seconds')).toEqual({});
    expect(await samples('db_routing_replication_lag_bytes')).toEqual({});
  });

  it('says of each node in which state it is, and unknown is one of them', async () => {
    pool.publish(node('b', { state: 'unknown', role: 'unknown' }));
    expect(await samples('db_routing_node_state')).toEqual({
      '{node="b",state="up"}': 0,
      '{node="b",state="lagging"}': 0,
      '{node="b",state="suspect"}': 0,
      '{node="b",state="down"}': 0,
      '{node="b",state="draining"}': 0,
      '{node="b",state="unknown"}': 1,
    });
    expect(await samples('db_routing_node_role')).toMatchObject({ '{node="b",role="unknown"}': 1 });
  });

  it('says whether there is a primary, and how many replicas are fit', async () => {
    pool.publish(primary('a', { state: 'down' }), node('b'), node('c', { state: 'lagging' }));
    expect(await samples('db_routing_has_primary')).toEqual({ '': 0 });
    expect(await samples('db_routing_fit_replicas')).toEqual({ '': 1 });
    pool.publish(primary('a'), node('b'), node('c'));
    expect(await samples('db_routing_has_primary')).toEqual({ '': 1 });
    expect(await samples('db_routing_fit_replicas')).toEqual({ '': 2 });
  });

  it('counts a failover once: not the first primary, not one that comes back', async () => {
    pool.publish(primary('a'), node('b'));
    pool.publish(primary('a', { state: 'down' }), node('b'));
    pool.publish(primary('a'), node('b'));
    expect(await samples('db_routing_failovers_total')).toEqual({ '': 0 });
    pool.publish(primary('a', { state: 'down' }), node('b'));
    pool.publish(primary('a', { state: 'down' }), primary('b', { timeline: 2 }));
    pool.publish(node('a', { timeline: 2 }), primary('b', { timeline: 2 }));
    expect(await samples('db_routing_failovers_total')).toEqual({ '': 1 });
    expect(await samples('db_routing_node_role_changes_total')).toEqual({
      '{node="b",role="primary"}': 1,
      '{node="a",role="replica"}': 1,
    });
  });

  it('does not count it as a change of the role that a role was not known for a while', async () => {
    pool.publish(primary('a'));
    pool.publish(node('a', { role: 'unknown', state: 'unknown' }));
    pool.publish(primary('a'));
    expect(await samples('db_routing_node_role_changes_total')).toEqual({});
    expect(await samples('db_routing_node_state_changes_total')).toEqual({
      '{node="a",state="up"}': 2,
      '{node="a",state="unknown"}': 1,
    });
  });

  it('counts statements by node, role, work, reason and outcome, and measures them', async () => {
    pool.emit('statement', read);
    pool.emit('statement', read);
    pool.emit('statement', { ...read, node: 'a', role: 'primary', reason: 'write', work: 'write' });
    expect(await samples('db_routing_statements_total')).toEqual({
      '{node="b",role="replica",work="read",reason="read",outcome="answered"}': 2,
      '{node="a",role="primary",work="write",reason="write",outcome="answered"}': 1,
    });
    expect(await samples('db_routing_statement_duration_seconds')).toMatchObject({
      '_bucket{le="0.0025",node="b",work="read",outcome="answered"}': 0,
      '_bucket{le="0.005",node="b",work="read",outcome="answered"}': 2,
      '_sum{node="b",work="read",outcome="answered"}': 0.006,
      '_count{node="a",work="write",outcome="answered"}': 1,
    });
  });

  it('counts reads tried elsewhere by the node that failed them, and reads spilled to the primary', async () => {
    pool.emit('statement', { ...read, outcome: 'retried' });
    pool.emit('statement', { ...read, node: 'a', role: 'primary', reason: 'no-fit-replica' });
    expect(await samples('db_routing_read_retries_total')).toEqual({ '{node="b"}': 1 });
    expect(await samples('db_routing_spilled_reads_total')).toEqual({ '': 1 });
  });

  it('keeps the number of reasons bounded for any names of rules', async () => {
    for (let rule = 0; rule < 1_000; rule++) pool.emit('statement', { ...read, reason: `rule-${rule}` });
    const counted = await samples('db_routing_statements_total');
    expect(Object.keys(counted)).toHaveLength(101);
    expect(counted['{node="b",role="replica",work="read",reason="other",outcome="answered"}']).toBe(900);
  });

  it('forgets a node that is gone, and only that one', async () => {
    pool.publish(primary('a'), node('b'));
    pool.emit('statement', read);
    pool.emit('statement', { ...read, node: 'a' });
    pool.emit('positionWait', { node: 'b', waitedMs: 1, isReached: true });
    pool.publish(primary('a'));
    // Removing series takes only promises, which have settled by then.
    await new Promise(setImmediate);
    const metrics = await registry.metrics();
    expect(metrics).toContain('node="a"');
    expect(metrics).not.toContain('node="b"');
  });

  it('measures how long reads waited for a position, and whether it was reached', async () => {
    pool.emit('positionWait', { node: 'b', waitedMs: 40, isReached: true });
    pool.emit('positionWait', { node: 'b', waitedMs: 200, isReached: false });
    expect(await samples('db_routing_position_wait_seconds')).toMatchObject({
      '_sum{node="b",reached="true"}': 0.04,
      '_sum{node="b",reached="false"}': 0.2,
    });
  });

  it('counts tokens from zero, so that the first forgery is an increase', async () => {
    expect(await samples('db_routing_consistency_tokens_total')).toEqual({
      '{outcome="accepted"}': 0,
      '{outcome="malformed"}': 0,
      '{outcome="forged"}': 0,
      '{outcome="expired"}': 0,
      '{outcome="foreign"}': 0,
      '{outcome="ahead"}': 0,
    });
    pool.emit('token', 'forged');
    expect(await samples('db_routing_consistency_tokens_total')).toMatchObject({ '{outcome="forged"}': 1 });
  });

  it('counts the reads that a node was asked as the second one, by what became of them', async () => {
    pool.emit('statement', { ...read, reason: 'hedge' });
    pool.emit('statement', { ...read, reason: 'hedge' });
    pool.emit('statement', { ...read, reason: 'hedge', outcome: 'cancelled' });
    pool.emit('statement', { ...read, node: 'c', outcome: 'cancelled' });
    expect(await samples('db_routing_hedged_reads_total')).toEqual({
      '{node="b",outcome="answered"}': 2,
      '{node="b",outcome="cancelled"}': 1,
    });
  });

  it('reads connections and lanes when it is asked for them', async () => {
    pool.stats = [
      {
        node: 'b',
        open: 5,
        idle: 2,
        waiting: 7,
        max: 10,
        lanes: 2,
        laneReads: 31,
        idleLanes: 0,
        laneWaiting: 0,
      },
    ];
    expect(await samples('db_routing_connections')).toEqual({
      '{node="b",use="idle"}': 2,
      '{node="b",use="in_use"}': 3,
    });
    expect(await samples('db_routing_connections_waiting')).toEqual({ '{node="b"}': 7 });
    expect(await samples('db_routing_connections_max')).toEqual({ '{node="b"}': 10 });
    expect(await samples('db_routing_lanes')).toEqual({ '{node="b"}': 2 });
    expect(await samples('db_routing_lane_reads')).toEqual({ '{node="b"}': 31 });
    pool.stats = [];
    expect(await samples('db_routing_connections')).toEqual({});
  });

  it('counts what failed in the background', async () => {
    pool.emit('warning', new Error('a name could not be resolved'));
    pool.emit('hookError', new Error('mail'), 'afterCommit', 'place-order');
    expect(await samples('db_routing_warnings_total')).toEqual({ '': 1 });
    expect(await samples('db_routing_hook_errors_total')).toEqual({ '{hook="afterCommit"}': 1 });
  });

  it('listens to nothing any more once it is stopped', () => {
    stop();
    expect(pool.eventNames()).toEqual([]);
  });

  it('refuses to put a second pool into the same registry', () => {
    expect(() => observePool(new PublishedPool(), registry)).toThrow(
      /db_routing_connections.*already been registered/,
    );
  });
});
