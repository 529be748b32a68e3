import type { Turn } from './turn';

/** The processes that take turns in one round. */
export const SIDES = ['none', 'none again', 'closed', 'closed again', 'open'] as const;
export type Side = (typeof SIDES)[number];
export type Round = Readonly<Record<Side, Turn>>;

/** How much more one side takes than the other, as a share: medians over the starts of the processes. */
export interface Difference {
  readonly throughputLost: number;
  readonly cpuAdded: number;
  readonly cpuMsPerRequest: number;
  /** The middle half of the added CPU time. */
  readonly spread: readonly [number, number];
}

/**
 * `starts`: the rounds of each start. Two equal processes differ by chance, so a start counts once.
 * `against`: the sides whose mean it is compared with.
 */
export function differenceOf(
  starts: readonly (readonly Round[])[],
  side: Side,
  { against }: { readonly against: readonly Side[] },
): Difference {
  const base = (round: Round, figure: keyof Turn): number =>
    against.reduce((sum, other) => sum + round[other][figure], 0) / against.length;
  const perStart = (figure: (round: Round) => number): number[] =>
    starts.map((rounds) => quantile(0.5, rounds.map(figure)));
  const added = perStart((round) => round[side].cpuMsPerRequest / base(round, 'cpuMsPerRequest') - 1);
  return {
    throughputLost: quantile(
      0.5,
      perStart((round) => 1 - round[side].perSecond / base(round, 'perSecond')),
    ),
    cpuAdded: quantile(0.5, added),
    cpuMsPerRequest: quantile(
      0.5,
      perStart((round) => base(round, 'cpuMsPerRequest')),
    ),
    spread: [quantile(0.25, added), quantile(0.75, added)],
  };
}

/** Between the two nearest values where the share falls between them. */
function quantile(share: number, values: readonly number[]): number {
  const sorted = [...values].sort((low, high) => low - high);
  const place = share * (sorted.length - 1);
  const low = sorted[Math.floor(place)] ?? NaN;
  const high = sorted[Math.ceil(place)] ?? NaN;
  return low + (high - low) * (place - Math.floor(place));
}
