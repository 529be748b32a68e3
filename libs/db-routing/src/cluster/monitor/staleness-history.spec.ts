import { Lsn } from '../../postgres/position/lsn';
import { StalenessHistory } from './staleness-history';

const history = () => new StalenessHistory({ maxSamples: 4 });

describe('staleness from the history of the primary', () => {
  it('is unknown before the primary was ever seen', () => {
    expect(history().stalenessMs(new Lsn(100n), 0)).toBeUndefined();
  });

  it('is the age of the newest sample that the replica has replayed', () => {
    const h = history();
    h.record(new Lsn(100n), 1, 1000);
    h.record(new Lsn(200n), 1, 2000);
    h.record(new Lsn(300n), 1, 3000);
    expect(h.stalenessMs(new Lsn(300n), 3100)).toBe(100);
    expect(h.stalenessMs(new Lsn(299n), 3100)).toBe(1100);
    expect(h.stalenessMs(new Lsn(100n), 3100)).toBe(2100);
  });

  it('does not grow on an idle primary that is still being sampled', () => {
    const h = history();
    h.record(new Lsn(100n), 1, 1000);
    h.record(new Lsn(100n), 1, 60_000);
    expect(h.stalenessMs(new Lsn(100n), 60_010)).toBe(10);
  });

  it('grows while no sample of the primary arrives', () => {
    const h = history();
    h.record(new Lsn(100n), 1, 1000);
    expect(h.stalenessMs(new Lsn(100n), 61_000)).toBe(60_000);
  });

  it('is unknown, never zero, for a replica behind everything sampled', () => {
    const h = history();
    h.record(new Lsn(100n), 1, 1000);
    expect(h.stalenessMs(new Lsn(99n), 1001)).toBeUndefined();
  });

  it('forgets the oldest samples beyond its bound', () => {
    const h = history();
    for (let i = 1; i <= 6; i++) h.record(new Lsn(BigInt(i * 100)), 1, i * 1000);
    expect(h.stalenessMs(new Lsn(200n), 6000)).toBeUndefined();
    expect(h.stalenessMs(new Lsn(300n), 6000)).toBe(3000);
  });

  it('starts again on another timeline, whose positions mean something else', () => {
    const h = history();
    h.record(new Lsn(500n), 1, 1000);
    h.record(new Lsn(400n), 2, 2000);
    expect(h.stalenessMs(new Lsn(450n), 2010)).toBe(10);
  });
});
