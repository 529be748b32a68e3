import type { Turn } from './turn';

/** The sides that take turns in one round. */
export const SIDES = ['none', 'none again', 'closed', 'open'] as const;
export type Side = (typeof SIDES)[number];
export type Round = Readonly<Record<Side, Turn>>;

/** How much more one side takes than the other, as a share: medians over all rounds. */
export interface Difference {
  readonly throughputLost: number;
  readonly cpuAdded: number;
  readonly cpuMsPerRequest: number;
  /** The middle half of the added CPU time. */
  readonly spread: readonly [number, number];
}

export function differenceOf(
  rounds: readonly Round[],
  side: Side,
  { against }: { readonly against: Side },
): Difference {
  const added = rounds.map((round) => round[side].cpuMsPerRequest / round[against].cpuMsPerRequest - 1);
  const lost = rounds.map((round) => 1 - round[side].perSecond / round[against].perSecond);
  return {
    throughputLost: quantile(0.5, lost),
    cpuAdded: quantile(0.5, added),
    cpuMsPerRequest: quantile(
      0.5,
      rounds.map((round) => round[against].cpuMsPerRequest),
    ),
    spread: [quantile(0.25, added), quantile(0.75, added)],
  };
}

function quantile(share: number, values: readonly number[]): number {
  const sorted = [...values].sort((low, high) => low - high);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? NaN;
}
