/** The middle value; for an even number of values, the mean of the two middle ones. 0 for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

/** Above this, a row is noisy. */
const MAX_SPREAD = 0.1;

/**
 * How far the values lie apart, as a share of their median: from four values on, without a quarter of them at
 * each end.
 */
export function spreadOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const left = Math.floor(sorted.length / 4);
  const [low = 0, high = 0] = [sorted[left], sorted[sorted.length - 1 - left]];
  return low === high ? 0 : (high - low) / median(values);
}

export function isNoisy(values: readonly number[]): boolean {
  return values.length > 1 && spreadOf(values) > MAX_SPREAD;
}

/** The smallest sorted value that a share of `fraction` does not exceed. 0 for none. */
export function percentile(sorted: ArrayLike<number>, fraction: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * fraction) - 1)] ?? 0;
}

export interface LatencySummary {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
}

export function summariseLatencies(latenciesMs: ArrayLike<number>): LatencySummary {
  const sorted = Float64Array.from(latenciesMs).sort();
  return {
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    p999Ms: percentile(sorted, 0.999),
  };
}

/** Three significant digits, with separators. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const digits = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toLocaleString('en-US', { maximumFractionDigits: digits, minimumFractionDigits: 0 });
}
