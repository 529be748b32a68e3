/**
 * Seeds that failed once, one line each; they run before all others. What a seed does depends on the code
 * that draws from it, so a change of that code may make one of them harmless.
 */
export const REGRESSIONS: readonly { readonly seed: number; readonly was: string }[] = [
  { seed: 27, was: 'a connection that came after its client was released belonged to no one' },
  { seed: 1028, was: 'a session that knew of a promotion wrote to the former primary' },
  { seed: 21, was: 'a replica showed a commit for which its primary still waited (a limit of PostgreSQL)' },
  { seed: 308, was: 'a write that was taken for a read ran again after its answer was lost' },
  {
    seed: 77021,
    was: 'a COMMIT by hand, whose answer was lost when its request ended, was no unknown outcome',
  },
  {
    seed: 7118,
    was: 'a commit that may be lost, and whose position was lost, was not seen by its own request',
  },
];
