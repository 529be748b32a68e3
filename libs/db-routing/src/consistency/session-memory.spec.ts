import { walPosition } from '../postgres/position/wal-position';
import type { Position } from '../engine/position';
import { InProcessSessionMemory } from './session-memory';

const at = (lsn: bigint, timeline = 1): Position => walPosition('7', timeline, lsn);

describe('the memory of sessions in this process', () => {
  it('keeps the latest position of each subject', async () => {
    const memory = new InProcessSessionMemory();
    expect(await memory.recall('alice')).toBeUndefined();
    await memory.advance('alice', at(5n));
    await memory.advance('bob', at(9n));
    await memory.advance('alice', at(3n));
    expect(await memory.recall('alice')).toEqual(at(5n));
    await memory.advance('alice', at(1n, 2));
    expect(await memory.recall('alice')).toEqual(at(1n, 2));
    expect(await memory.recall('bob')).toEqual(at(9n));
  });

  it('forgets after its time', async () => {
    let nowMs = 0;
    const clock = {
      now: () => nowMs,
      after: () => ({ cancel: () => undefined }),
      afterArrivals: setImmediate,
    };
    const memory = new InProcessSessionMemory({ lifetimeMs: 100, clock });
    await memory.advance('alice', at(5n));
    nowMs = 99;
    expect(await memory.recall('alice')).toEqual(at(5n));
    nowMs = 100;
    expect(await memory.recall('alice')).toBeUndefined();
  });

  it('gives way to a new cluster at once, and to a restored one after the lifetime', async () => {
    let nowMs = 0;
    const clock = {
      now: () => nowMs,
      after: () => ({ cancel: () => undefined }),
      afterArrivals: setImmediate,
    };
    const memory = new InProcessSessionMemory({ lifetimeMs: 100, clock });
    await memory.advance('alice', at(500n, 3));
    await memory.advance('alice', walPosition('8', 1, 5n));
    expect(await memory.recall('alice')).toEqual(walPosition('8', 1, 5n));
    await memory.advance('bob', at(500n));
    nowMs = 60;
    await memory.advance('bob', at(5n));
    expect(await memory.recall('bob')).toEqual(at(500n));
    nowMs = 120;
    await memory.advance('bob', at(6n));
    expect(await memory.recall('bob')).toEqual(at(6n));
  });

  it('forgets who was idle the longest when there are too many', async () => {
    const memory = new InProcessSessionMemory({ maxSubjects: 2 });
    await memory.advance('alice', at(1n));
    await memory.advance('bob', at(1n));
    await memory.advance('alice', at(2n));
    await memory.advance('carol', at(1n));
    expect(await memory.recall('bob')).toBeUndefined();
    expect(await memory.recall('alice')).toEqual(at(2n));
  });
});
