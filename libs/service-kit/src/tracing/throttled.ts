/** Calls `act` at most once per `intervalMs`, and drops calls in between. */
export function throttled<A extends unknown[]>(
  act: (...args: A) => void,
  intervalMs: number,
  now: () => number = () => performance.now(),
): (...args: A) => void {
  let actedAtMs = -Infinity;
  return (...args) => {
    if (now() - actedAtMs < intervalMs) return;
    actedAtMs = now();
    act(...args);
  };
}
