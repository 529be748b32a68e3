import { formatNumber } from './statistics';

/** A target, and whether this run has met it. */
export interface Verdict {
  readonly what: string;
  readonly bar: string;
  readonly measured: string;
  /**
   * The same ratio in CPU time per operation, client and servers together. On a machine that is also busy
   * with other work, it says more than elapsed time, which depends on the number of processes.
   */
  readonly byCpu: string | undefined;
  readonly isMet: boolean;
}

export interface Ratio {
  readonly ours: number | undefined;
  readonly theirs: number | undefined;
}

/** Undefined when either was not measured. */
export function valueOf({ ours, theirs }: Ratio): number | undefined {
  return ours === undefined || theirs === undefined || theirs === 0 ? undefined : ours / theirs;
}

export function atLeast(what: string, bar: number, ratio: Ratio, cpuUs?: Ratio): Verdict | undefined {
  const value = valueOf(ratio);
  if (value === undefined) return undefined;
  const cost = cpuUs && valueOf({ ours: cpuUs.theirs, theirs: cpuUs.ours });
  return {
    what,
    bar: `≥ ${bar}`,
    measured: value.toFixed(2),
    byCpu: cost?.toFixed(2),
    isMet: value >= bar,
  };
}

export function atMost(what: string, bar: number, ratio: Ratio): Verdict | undefined {
  const value = valueOf(ratio);
  if (value === undefined) return undefined;
  return { what, bar: `≤ ${bar}`, measured: value.toFixed(2), byCpu: undefined, isMet: value <= bar };
}

export function atMostValue(
  what: string,
  bar: number,
  value: number | undefined,
  unit: string,
): Verdict | undefined {
  if (value === undefined) return undefined;
  return {
    what,
    bar: `≤ ${formatNumber(bar)} ${unit}`,
    measured: `${formatNumber(value)} ${unit}`,
    byCpu: undefined,
    isMet: value <= bar,
  };
}
