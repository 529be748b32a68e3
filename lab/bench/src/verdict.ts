import { formatNumber, isNoisy, median } from './statistics';

/** The tables of targets. */
export type Topic = 'reads' | 'writes' | 'http' | 'others';

/** A target, and whether this run has met it. */
export interface Verdict {
  readonly topic: Topic;
  readonly what: string;
  readonly bar: string;
  /** With the range of the rounds, where there are several. For a target of throughput: by throughput. */
  readonly measured: string;
  /**
   * The same ratio in CPU time per operation, client and servers together. On a machine that is also busy
   * with other work, it says more than elapsed time, which depends on the number of processes.
   */
  readonly byCpu: string | undefined;
  /** The rounds of one side differ too much. */
  readonly isNoisy: boolean;
  readonly isMet: boolean;
}

/** The rounds of both sides; undefined where a side was not measured. */
export interface Ratio {
  readonly ours: readonly number[] | undefined;
  readonly theirs: readonly number[] | undefined;
}

interface Target {
  readonly topic: Topic;
  readonly what: string;
  readonly bar: number;
}

/** A target of throughput. With `isCpuJudged`, the ratio of `costs` must reach it as well. */
export function atLeast(
  { topic, what, bar }: Target,
  rates: Ratio,
  { costs, isCpuJudged = false }: { readonly costs?: Ratio; readonly isCpuJudged?: boolean } = {},
): Verdict | undefined {
  const value = valueOf(rates);
  if (value === undefined) return undefined;
  // More is better, as for throughput.
  const byCpu = costs && valueOf({ ours: costs.theirs, theirs: costs.ours });
  return {
    topic,
    what,
    bar: `≥ ${bar}`,
    measured: withRange(value, rates, Math.floor),
    byCpu: byCpu === undefined ? undefined : inDigits(byCpu, Math.floor),
    isNoisy: isEitherNoisy(rates),
    isMet: value >= bar && (!isCpuJudged || byCpu === undefined || byCpu >= bar),
  };
}

export function atMost({ topic, what, bar }: Target, ratio: Ratio): Verdict | undefined {
  const value = valueOf(ratio);
  if (value === undefined) return undefined;
  return {
    topic,
    what,
    bar: `≤ ${bar}`,
    measured: withRange(value, ratio, Math.ceil),
    byCpu: undefined,
    isNoisy: isEitherNoisy(ratio),
    isMet: value <= bar,
  };
}

export function atMostValue(
  { topic, what, bar }: Target,
  rounds: readonly number[] | undefined,
  unit: string,
): Verdict | undefined {
  if (rounds === undefined) return undefined;
  const value = median(rounds);
  return {
    topic,
    what,
    bar: `≤ ${formatNumber(bar)} ${unit}`,
    measured: `${formatNumber(value)} ${unit}${rangeOf(rounds)}`,
    byCpu: undefined,
    isNoisy: isNoisy(rounds),
    isMet: value <= bar,
  };
}

function rangeOf(rounds: readonly number[]): string {
  const [least, most] = [Math.min(...rounds), Math.max(...rounds)].map(formatNumber);
  return least === most ? '' : ` (${least} – ${most})`;
}

/** The ratio of the medians; undefined when either was not measured. */
function valueOf({ ours, theirs }: Ratio): number | undefined {
  if (ours === undefined || theirs === undefined) return undefined;
  const other = median(theirs);
  return other === 0 ? undefined : median(ours) / other;
}

/** Both sides run in each round, so the ratios of the rounds show how far to trust that of the medians. */
function withRange(value: number, { ours = [], theirs = [] }: Ratio, round: Rounding): string {
  const ratios = ours.slice(0, theirs.length).map((each, index) => each / (theirs[index] ?? NaN));
  if (ratios.length < 2) return inDigits(value, round);
  return `${inDigits(value, round)} (${Math.min(...ratios).toFixed(2)} – ${Math.max(...ratios).toFixed(2)})`;
}

type Rounding = (value: number) => number;

/** Rounded to the side on which a target is missed, so that a miss does not look like the target. */
function inDigits(value: number, round: Rounding): string {
  return (round(value * 100) / 100).toFixed(2);
}

function isEitherNoisy({ ours = [], theirs = [] }: Ratio): boolean {
  return isNoisy(ours) || isNoisy(theirs);
}
