import { RoutingError } from 'db-routing';
import { PostgresClusterError } from '@app/postgres-cluster';
import { loadDotEnv } from '@app/service-kit';
import { openDatabase, type RouteDatabase, RouteUsageError } from './route/database';
import { explain, explainLines } from './route/json-lines';
import { describeRoute } from './route/print';

const USAGE = `usage: npm run -s route -- "SELECT …"
       npm run -s route -- --json    (one JSON string a line on standard input)`;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Says where statements would go, and why. */
async function main(): Promise<void> {
  const [statement, ...rest] = process.argv.slice(2);
  if (statement === undefined || statement === '' || rest.length > 0) throw new RouteUsageError(USAGE);
  // Whoever stops reading (`| head`) has seen enough. The stream is destroyed, which ends the work.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  loadDotEnv();
  const database = await openDatabase(process.env);
  for (const signal of SIGNALS) process.once(signal, () => void stop(database, 130));
  try {
    if (statement === '--json') {
      process.stdin.setEncoding('utf8');
      await explainLines(database.pool, process.stdin as AsyncIterable<string>, process.stdout);
    } else {
      process.stdout.write(`${describeRoute(await explain(database.pool, statement))}\n`);
    }
  } finally {
    await stop(database, process.exitCode ?? 0);
  }
}

async function stop(database: RouteDatabase, exitCode: typeof process.exitCode): Promise<void> {
  process.exitCode = exitCode;
  await database.close();
  // Standard input may still be open; standard output may still be on its way.
  process.stdin.destroy();
}

main().catch((error: unknown) => {
  const isExpected = [RouteUsageError, RoutingError, PostgresClusterError].some(
    (type) => error instanceof type,
  );
  console.error(isExpected && error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
