import { withRoutingAttributes } from 'db-routing';
import { PostgresClusterError } from '@app/postgres-cluster';
import { describeStartFailure, explainRoute, loadDotEnv } from '@app/service-kit';
import { readArguments, RouteUsageError, USAGE } from './route/arguments';
import { openDatabase, type RouteDatabase } from './route/database';
import { explainLines } from './route/json-lines';
import { describeRoute } from './route/print';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Prints where statements would go, and why. */
async function main(): Promise<void> {
  const given = readArguments(process.argv.slice(2));
  if (given === undefined) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  const { statement, attributes } = given;
  // A reader that closes the pipe (`| head`) has seen enough. The stream is destroyed, which ends the work.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  loadDotEnv();
  const database = await openDatabase(process.env);
  for (const signal of SIGNALS) process.once(signal, () => void stop(database, 130));
  try {
    await withRoutingAttributes(attributes, () => answer(database.pool, statement));
  } finally {
    await stop(database, process.exitCode ?? 0);
  }
}

async function answer(pool: RouteDatabase['pool'], statement: string | undefined): Promise<void> {
  if (statement === undefined) {
    process.stdin.setEncoding('utf8');
    await explainLines(pool, process.stdin as AsyncIterable<string>, process.stdout);
  } else {
    process.stdout.write(`${describeRoute(await explainRoute(pool, statement))}\n`);
  }
}

async function stop(database: RouteDatabase, exitCode: typeof process.exitCode): Promise<void> {
  process.exitCode = exitCode;
  await database.close();
  // Standard input may still be open, and standard output may still have data to write.
  process.stdin.destroy();
}

main().catch((error: unknown) => {
  const isOurs = error instanceof RouteUsageError || error instanceof PostgresClusterError;
  console.error(isOurs ? error.message : describeStartFailure(error).join('\n'));
  process.exitCode = 1;
});
