import type { StatementReport } from 'db-routing';
import { bucketOf, LATENCY_BOUNDS_MS, StatementCounts } from './statement-counts';
import { SAMPLES_PER_EVENT, StatementSampler } from './statement-sampler';

const read: StatementReport = {
  text: 'SELECT 1',
  node: 'db1:5432',
  role: 'replica',
  reason: 'read',
  work: 'read',
  outcome: 'answered',
  durationMs: 3,
};
const write: StatementReport = { ...read, node: 'db0:5432', role: 'primary', work: 'write' };

describe('the sample of statements', () => {
  it('is bounded for each kind, and finds the few writes among thousands of reads', () => {
    const sampler = new StatementSampler();
    for (let index = 0; index < 10_000; index++) {
      sampler.add(read);
      if (index % 5_000 === 0) sampler.add(write);
    }
    const kinds = sampler.take().map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'read')).toHaveLength(SAMPLES_PER_EVENT.read);
    expect(kinds.filter((kind) => kind === 'write')).toHaveLength(2);
    expect(sampler.take()).toEqual([]);
  });

  it('gives late statements the same chance as early ones', () => {
    const sampler = new StatementSampler();
    const ages: number[] = [];
    for (let round = 0; round < 200; round++) {
      for (let index = 0; index < 100; index++) sampler.add({ ...read, durationMs: index });
      ages.push(...sampler.take().map(({ durationMs }) => durationMs));
    }
    const early = ages.filter((age) => age < 50).length / ages.length;
    expect(early).toBeGreaterThan(0.4);
    expect(early).toBeLessThan(0.6);
  });

  it('shows a statement by what became of it, and without the error, which may contain user data', () => {
    const sampler = new StatementSampler();
    sampler.add({ ...read, outcome: 'retried', error: new Error('Key (email)=(a@b.example) exists') });
    sampler.add({ ...read, reason: 'hedge', level: 'session', stalenessMs: 12 });
    const samples = sampler.take();
    expect(samples).toMatchObject([
      { kind: 'retried', level: null, stalenessMs: null },
      { kind: 'hedged', level: 'session', stalenessMs: 12 },
    ]);
    expect(JSON.stringify(samples)).not.toContain('a@b.example');
  });
});

describe('the counts of statements', () => {
  it('have each answer in the bucket whose bound it does not exceed', () => {
    for (const durationMs of [0, 0.1, 0.11, 1, 17, 9_000, 1e6]) {
      const bucket = bucketOf(durationMs);
      expect(durationMs).toBeLessThanOrEqual(LATENCY_BOUNDS_MS[bucket] ?? Infinity);
      expect(durationMs).toBeGreaterThan(bucket === 0 ? -1 : LATENCY_BOUNDS_MS[bucket - 1]!);
    }
  });

  it('count every statement by node and kind, and end with their node', () => {
    const counts = new StatementCounts();
    for (const report of [read, read, { ...read, outcome: 'lost' as const }, write]) counts.add(report);
    const [replica, primary] = counts.of(['db1:5432', 'db0:5432']);
    expect(replica).toMatchObject({ node: 'db1:5432', kinds: { read: 3, write: 0 }, failed: 1 });
    expect(replica!.latency.reduce((sum, count) => sum + count)).toBe(2);
    expect(primary).toMatchObject({ node: 'db0:5432', kinds: { read: 0, write: 1 }, failed: 0 });
    expect(counts.of(['db0:5432'])).toHaveLength(1);
  });
});
