import type { Finding } from '../world/oracle';
import type { Mutant } from './mutant';
import { runSeeds } from './run-seeds';

export interface MutantRunOptions {
  readonly firstSeed: number;
  /** A mutant that no check has caught after so many seeds is alive. */
  readonly maxSeeds: number;
}

/** What became of a mutant. */
interface Fate {
  readonly mutant: Mutant;
  readonly seeds: number;
  /** Undefined: it is alive. */
  readonly caught: { readonly seed: number; readonly by: Finding } | undefined;
}

/** Runs each mutant until a check catches it. Resolves to the exit code. */
export async function runMutants(
  mutants: readonly Mutant[],
  options: MutantRunOptions,
  say: (line: string) => void,
): Promise<number> {
  const fates: Fate[] = [];
  const unchanged = new Unchanged();
  for (const mutant of mutants) {
    const fate = await hunt(mutant, unchanged, options);
    fates.push(fate);
    say(`${String(fates.length).padStart(2)}/${mutants.length} ${rowOf(fate)}`);
  }
  const alive = fates.filter(({ caught }) => !caught);
  const most = Math.max(...fates.map(({ seeds }) => seeds));
  say(`\n${fates.length - alive.length} of ${fates.length} mutants caught, each within ${most} seeds`);
  for (const { mutant } of alive) say(`ALIVE: ${mutant.name} (${mutant.what})`);
  return alive.length === 0 ? 0 : 1;
}

async function hunt(
  mutant: Mutant,
  unchanged: Unchanged,
  { firstSeed, maxSeeds }: MutantRunOptions,
): Promise<Fate> {
  const last = firstSeed + maxSeeds - 1;
  for (let seed = firstSeed; seed <= last;) {
    const { found, lastSeed } = await runSeeds(seed, last, mutant.name, 'mutated');
    const by = found.length > 0 ? await unchanged.newIn(lastSeed, mutant, found) : undefined;
    if (by) return { mutant, seeds: lastSeed - firstSeed + 1, caught: { seed: lastSeed, by } };
    seed = lastSeed + 1;
  }
  return { mutant, seeds: maxSeeds, caught: undefined };
}

/** What the unchanged library shows with the same seeds and faults; each is run once. */
class Unchanged {
  readonly #rules = new Map<string, ReadonlySet<string>>();

  /** What was found with a mutant, and is not found without it. */
  async newIn(
    seed: number,
    { name, faults }: Mutant,
    found: readonly Finding[],
  ): Promise<Finding | undefined> {
    const run = `${seed} ${typeof faults === 'function' ? name : JSON.stringify(faults)}`;
    const known = this.#rules.get(run) ?? (await this.#rulesOf(seed, name));
    this.#rules.set(run, known);
    return found.find(({ rule }) => !known.has(rule));
  }

  async #rulesOf(seed: number, name: string): Promise<ReadonlySet<string>> {
    const { found } = await runSeeds(seed, seed, name, 'unchanged');
    return new Set(found.map(({ rule }) => rule));
  }
}

function rowOf({ mutant, seeds, caught }: Fate): string {
  if (!caught) return `${mutant.name.padEnd(24)} ALIVE after ${seeds} seeds`;
  const { seed, by } = caught;
  return `${mutant.name.padEnd(24)} ${by.rule.padEnd(28)} seed ${String(seed).padEnd(5)} ${by.what.slice(0, 110)}`;
}
