import { ConfigurationError } from '../errors';
import { ambientReadConsistency, withReadConsistency } from './ambient-level';
import { ReadConsistency } from './read-consistency';
import { bounded, stricterOf } from './read-requirement';

class Reports {
  @ReadConsistency('eventual')
  daily() {
    return ambientReadConsistency();
  }

  @ReadConsistency(bounded({ maxStalenessMs: 500 }))
  async hourly() {
    await Promise.resolve();
    return ambientReadConsistency();
  }
}

describe('the level of reads', () => {
  it('is inherited by what is called and awaited; the innermost counts', async () => {
    expect(ambientReadConsistency()).toBeUndefined();
    await withReadConsistency('strong', async () => {
      await Promise.resolve();
      expect(ambientReadConsistency()).toEqual({ level: 'strong' });
      expect(new Reports().daily()).toEqual({ level: 'eventual' });
      expect(await new Reports().hourly()).toEqual({ level: 'bounded', maxStalenessMs: 500 });
    });
  });

  it('is the stricter one of two', () => {
    const [strong, session, eventual] = (['strong', 'session', 'eventual'] as const).map((level) => ({
      level,
    }));
    expect(stricterOf(session!, strong!)).toBe(strong);
    expect(stricterOf(eventual!, session!)).toBe(session);
    const loose = bounded({ maxStalenessMs: 900 });
    expect(stricterOf(loose, bounded({ maxStalenessMs: 100 }))).toEqual({
      level: 'bounded',
      maxStalenessMs: 100,
    });
    expect(stricterOf(loose, eventual!)).toBe(loose);
    expect(stricterOf(loose, session!)).toBe(session);
  });

  it.each([0, 1.5, -1, Number.NaN])('refuses a bound of %p', (maxStalenessMs) => {
    expect(() => bounded({ maxStalenessMs })).toThrow(ConfigurationError);
  });

  it('refuses a level that there is not, naming those that there are', () => {
    expect(() => withReadConsistency('fresh' as 'strong', () => 1)).toThrow(
      "read consistency is 'fresh': must be one of strong, session, bounded, eventual",
    );
  });
});
