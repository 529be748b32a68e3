import { TextCache } from './text-cache';

describe('TextCache', () => {
  it('gives back what was put in', () => {
    const cache = new TextCache<number>(4, 100);
    cache.set('a', 1);
    cache.set('a', 2);
    expect([cache.get('a'), cache.get('b'), cache.size]).toEqual([2, undefined, 1]);
  });

  it('never holds more entries than it may, and forgets unused ones', () => {
    const cache = new TextCache<number>(10, 10_000);
    for (let n = 0; n < 1000; n += 1) {
      cache.set(`text ${n}`, n);
      expect(cache.get('text 0')).toBe(0);
      expect(cache.size).toBeLessThanOrEqual(10);
    }
    expect(cache.get('text 500')).toBeUndefined();
    expect(cache.get('text 999')).toBe(999);
  });

  it('never holds more text than it may', () => {
    const cache = new TextCache<number>(1000, 1000);
    for (let n = 0; n < 100; n += 1) cache.set(String(n).padEnd(100), n);
    expect(cache.size).toBeLessThanOrEqual(10);
    expect(cache.get('99'.padEnd(100))).toBe(99);
  });

  it('does not keep a text that would take half of its room', () => {
    const cache = new TextCache<number>(10, 100);
    cache.set('x'.repeat(51), 1);
    expect(cache.size).toBe(0);
  });

  it('is empty after clear()', () => {
    const cache = new TextCache<number>(10, 100);
    cache.set('a', 1);
    cache.clear();
    expect([cache.get('a'), cache.size]).toEqual([undefined, 0]);
  });
});
