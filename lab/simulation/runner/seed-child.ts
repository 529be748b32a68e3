import { followPromisesOnly } from '../time/promise-context';
import type * as RunSeed from './run-seed';
import type { SeedRequest } from './seed-process';
import { reportOf } from './seed-report';
import type * as Twice from './twice';

// Before the library is loaded.
followPromisesOnly();
// No one reads the stacks of the errors that a run makes by the thousand.
Error.stackTraceLimit = 0;

const load = Promise.all([
  import('./run-seed.js') as Promise<typeof RunSeed>,
  import('./twice.js') as Promise<typeof Twice>,
]);

async function answer({ seed, isTwice }: SeedRequest): Promise<void> {
  const [{ runSeed }, { twice }] = await load;
  const before = process.cpuUsage();
  const result = await runSeed(seed);
  const judged = isTwice ? await twice(result) : result;
  const { user, system } = process.cpuUsage(before);
  // When the process that asked has ended, no one needs the report.
  process.send?.(reportOf(judged, (user + system) / 1_000), () => undefined);
}

process.on('message', (request) => void answer(request as SeedRequest));
// The process that asked has ended.
process.on('disconnect', () => process.exit(0));
