/** A seed that has found a bug. */
export interface Regression {
  readonly seed: number;
  readonly was: string;
  /** The mutant that puts the bug back; undefined where the bug was not in code that the simulation runs. */
  readonly mutant: string | undefined;
  /** Whether the seed still finds the bug; otherwise the mutant's own faults do. Default false. */
  readonly isFoundBySeed?: boolean;
}

/**
 * Seeds that failed once, one line each; they run before all others. What a seed does depends on the code
 * that draws from it. So most bugs are guarded by a mutant with faults of its own, and only those of seeds
 * that still find them by the seed: `npm run lab -- simulate --mutants --regressions` tells whether it does.
 */
export const REGRESSIONS: readonly Regression[] = [
  {
    seed: 50,
    mutant: 'late-connection-kept',
    isFoundBySeed: true,
    was: 'a connection that came after its client was released belonged to no one',
  },
  {
    seed: 17,
    mutant: 'promotion-unheard',
    was: 'a session that knew of a promotion wrote to the former primary',
  },
  {
    seed: 40,
    mutant: 'bounded-unjudged',
    was: 'a bounded read was answered by another server than the one whose staleness was measured',
  },
  {
    seed: 1100190,
    mutant: 'retired-pool-lends',
    was: 'a write that waited for a connection got one to a former primary, to which the name had moved',
  },
  {
    seed: 700406,
    mutant: 'ahead-unasked',
    was: 'a session went back to a former primary, because a replica had shown more of a timeline not known yet',
  },
  {
    seed: 21,
    mutant: undefined,
    was: 'a replica showed a commit for which its primary still waited (a limit of PostgreSQL)',
  },
  {
    seed: 308,
    mutant: 'read-may-write',
    was: 'a write that was taken for a read ran again after its answer was lost',
  },
  {
    seed: 77021,
    mutant: undefined,
    was: 'a replica that followed a new timeline, and was behind, moved a session back',
  },
  {
    seed: 300102,
    mutant: 'former-primary-transaction',
    was: 'a read-only transaction ran on a former primary, to which the name of the new one led',
  },
  {
    seed: 7118,
    mutant: 'lost-position-forgotten',
    was: 'a commit that may be lost, and whose position was lost, was not seen by its own request',
  },
  {
    seed: 20022,
    mutant: undefined,
    was: 'a replica without its upstream was taken for one of the timeline before',
  },
  {
    seed: 30078,
    mutant: 'former-primary-first',
    was: 'work of a session that knew of a promotion waited for a primary, and took the former one',
  },
  {
    seed: 30048,
    mutant: 'read-may-write',
    was: 'a write that was taken for a read ran again after its answer was discarded',
  },
  {
    seed: 300561,
    mutant: 'primary-unasked',
    was: 'a read for the primary that waited for a connection was answered by a replica',
  },
  {
    seed: 500157,
    mutant: 'read-may-write',
    was: 'a write that was taken for a read ran again on a replica that it reached after its promotion',
  },
  {
    seed: 600226,
    mutant: undefined,
    was: 'a session that had read too far on a former primary forgot what a replica had shown of the new timeline',
  },
];
