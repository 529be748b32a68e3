import { explore } from './explore';
import type { SeedRequest } from './seed-process';

/** Takes a different number of turns for each seed, so that the processes overtake each other. */
function fakeProcess(asked: SeedRequest[]) {
  return {
    async run(request: SeedRequest) {
      asked.push(request);
      for (let turn = 0; turn < request.seed % 3; turn++) await Promise.resolve();
      const { seed } = request;
      const isFailed = seed % 4 === 0;
      return { seed, operations: seed, events: 1, virtualMs: 1, cpuMs: 1, isFailed, lines: [] };
    },
  };
}

async function exploreBy(count: number) {
  const asked: SeedRequest[] = [];
  const processes = Array.from({ length: count }, () => fakeProcess(asked));
  const seeds = [1, 2, 3, 4, 5, 6, 7, 8];
  const explored = await explore(seeds, { processes, hasTime: () => true, say: () => undefined });
  return { explored, asked };
}

describe('exploring', () => {
  it.each([1, 2, 5, 20])('runs every seed once with %i processes, and the first one twice', async (count) => {
    const { explored, asked } = await exploreBy(count);
    const seeds = asked.map(({ seed }) => seed).sort((one, other) => one - other);
    expect(seeds).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(asked.filter(({ isTwice }) => isTwice)).toEqual([{ seed: 1, isTwice: true }]);
    expect(explored).toEqual({
      seeds: 8,
      operations: 36,
      events: 8,
      virtualMs: 8,
      cpuMs: 8,
      failed: [4, 8],
    });
  });

  it('begins no seed when the time is up', async () => {
    const asked: SeedRequest[] = [];
    let left = 3;
    const options = { processes: [fakeProcess(asked)], hasTime: () => left-- > 0, say: () => undefined };
    const { seeds } = await explore([1, 2, 3, 4, 5], options);
    expect(seeds).toBe(3);
  });
});
