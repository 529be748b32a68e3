const ROUNDS = 15;
const CALLERS = 32;

export type Work = () => Promise<unknown>;

/** Runs the work `count` times, by {@link CALLERS} callers at once; returns how often a second. */
export async function perSecond(count: number, work: Work): Promise<number> {
  let left = count;
  const startedAtMs = performance.now();
  const caller = async () => {
    while (left > 0) {
      left -= 1;
      await work();
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return (count * 1_000) / (performance.now() - startedAtMs);
}

const sorted = (values: readonly number[]) => [...values].sort((low, high) => low - high);
const median = (values: readonly number[]) => sorted(values)[Math.floor(values.length / 2)] ?? NaN;

/**
 * Prints the ratio of two works that alternate, so that variations of the machine affect both, with its
 * spread over the rounds.
 */
export async function compare(what: string, count: number, one: Work, other: Work): Promise<void> {
  await perSecond(count, one);
  await perSecond(count, other);
  const rates: { one: number; other: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const first = await perSecond(count, round % 2 === 0 ? one : other);
    const second = await perSecond(count, round % 2 === 0 ? other : one);
    rates.push(round % 2 === 0 ? { one: first, other: second } : { one: second, other: first });
  }
  const ratios = sorted(rates.map((rate) => rate.one / rate.other));
  const [first, second] = [median(rates.map((rate) => rate.one)), median(rates.map((rate) => rate.other))];
  const spread = `${(ratios[2] ?? NaN).toFixed(2)} to ${(ratios.at(-3) ?? NaN).toFixed(2)}`;
  process.stdout.write(
    `${what}: ${median(ratios).toFixed(2)} (${spread}); ${first.toFixed(0)}/s against ${second.toFixed(0)}/s\n`,
  );
}
