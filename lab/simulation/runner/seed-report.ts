import type { RunResult } from './run-seed';

/** What a run of one seed has shown, as a process tells it to another. */
export interface SeedReport {
  readonly seed: number;
  readonly operations: number;
  readonly events: number;
  readonly virtualMs: number;
  readonly cpuMs: number;
  readonly isFailed: boolean;
  /** What to print of it. */
  readonly lines: readonly string[];
}

/** The most violations that are printed for a seed. */
const MOST_SHOWN = 10;

export function reportOf(result: RunResult, cpuMs: number): SeedReport {
  const { seed, operations, events, virtualMs, violations } = result;
  const isFailed = violations.length > 0;
  const again = `  to see it again: npm run lab -- simulate --seed ${seed} --minimise`;
  const lines = isFailed ? [summaryOf(result), ...violationsOf(result), again] : [];
  return { seed, operations, events, virtualMs, cpuMs, isFailed, lines };
}

export function summaryOf({ seed, operations, virtualMs, settings, violations, hash }: RunResult): string {
  const { world, services, faults } = settings;
  return (
    `seed ${seed}: ${operations} operations by ${services.length} services on ${world.servers.length} servers, ` +
    `${faults.length} faults, ${(virtualMs / 1_000).toFixed(1)} s of virtual time, ` +
    `${violations.length} violations, history ${hash.slice(0, 16)}`
  );
}

export function violationsOf({ violations }: Pick<RunResult, 'violations'>): readonly string[] {
  const lines = violations.slice(0, MOST_SHOWN).map(({ rule, what }) => `  VIOLATED ${rule}: ${what}`);
  const more = violations.length - MOST_SHOWN;
  return more > 0 ? [...lines, `  … and ${more} more`] : lines;
}
