import type { Turn } from './turn';

/** How a side is measured; both sides take turns, so that what else the machine does affects both. */
export type Side = () => Promise<Turn>;

/** How much more one side takes than the other, as a share: medians over pairs of turns. */
export interface Difference {
  readonly throughputLost: number;
  readonly cpuAdded: number;
  readonly cpuMsPerRequest: number;
  /** The middle half of the added CPU time. */
  readonly spread: readonly [number, number];
}

export async function compareTurns(rounds: number, without: Side, withIt: Side): Promise<Difference> {
  await without();
  await withIt();
  const pairs: { readonly without: Turn; readonly withIt: Turn }[] = [];
  for (let round = 0; round < rounds; round++) {
    const isFirst = round % 2 === 0;
    const first = await (isFirst ? without : withIt)();
    const second = await (isFirst ? withIt : without)();
    pairs.push(isFirst ? { without: first, withIt: second } : { without: second, withIt: first });
  }
  const added = pairs.map((pair) => pair.withIt.cpuMsPerRequest / pair.without.cpuMsPerRequest - 1);
  return {
    throughputLost: quantile(
      0.5,
      pairs.map((pair) => 1 - pair.withIt.perSecond / pair.without.perSecond),
    ),
    cpuAdded: quantile(0.5, added),
    cpuMsPerRequest: quantile(
      0.5,
      pairs.map((pair) => pair.without.cpuMsPerRequest),
    ),
    spread: [quantile(0.25, added), quantile(0.75, added)],
  };
}

function quantile(share: number, values: readonly number[]): number {
  const sorted = [...values].sort((low, high) => low - high);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? NaN;
}
