import type { Fault } from '../faults/fault';

/**
 * Reduces a failing schedule to a part that still fails, and from which no single fault can be left out
 * (delta debugging: Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002).
 */
export async function minimise(
  faults: readonly Fault[],
  fails: (part: readonly Fault[]) => Promise<boolean>,
): Promise<readonly Fault[]> {
  if (await fails([])) return [];
  let left = faults;
  let parts = 2;
  while (left.length > 1) {
    const smaller = await firstFailing(left, Math.min(parts, left.length), fails);
    if (smaller) {
      left = smaller;
      parts = Math.max(2, parts - 1);
    } else if (parts >= left.length) return left;
    else parts = Math.min(left.length, parts * 2);
  }
  return left;
}

/** The first part that fails when the others are left out, or when it is left out. */
async function firstFailing(
  faults: readonly Fault[],
  parts: number,
  fails: (part: readonly Fault[]) => Promise<boolean>,
): Promise<readonly Fault[] | undefined> {
  const size = Math.ceil(faults.length / parts);
  for (let start = 0; start < faults.length; start += size) {
    const without = [...faults.slice(0, start), ...faults.slice(start + size)];
    if (without.length < faults.length && (await fails(without))) return without;
  }
  return undefined;
}
