/**
 * The latency that the given share of the statements did not exceed: the upper bound of its bucket, so never
 * too low. Null when there were none; the last bound for latencies beyond it.
 */
export function quantileOf(
  share: number,
  counts: readonly number[],
  boundsMs: readonly number[],
): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let rest = share * total;
  for (const [index, count] of counts.entries()) {
    rest -= count;
    if (rest <= 0) return boundsMs[index] ?? boundsMs.at(-1) ?? null;
  }
  return boundsMs.at(-1) ?? null;
}
