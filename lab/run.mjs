// `npm run lab` lists the suites; `npm run lab -- NAME [its options]` builds, and runs one in this process.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Every suite is lab/NAME; `entry` is the file to run, relative to this one. */
const SUITES = [
  {
    name: 'faults',
    does: 'kills, freezes and cuts nodes under load from both services',
    takes: '10 minutes; --only replica-killed: half a minute',
    entry: '../dist/lab/faults/main.js',
  },
  {
    name: 'consistency',
    does: 'tries to break the session guarantees, and checks the history',
    takes: '3 minutes; --seconds 15: one',
    entry: '../dist/lab/consistency/main.js',
  },
  {
    name: 'simulate',
    does: 'runs the library on a simulated cluster, whose faults and luck come from a seed',
    takes:
      '1 minute; --seed 42 replays one seed, --seeds 1000 explores more; --scale and --fidelity: minutes',
    entry: '../dist/lab/simulation/main.js',
  },
  {
    name: 'observability',
    does: 'tries the dashboards and alerts on a real Prometheus',
    takes: '1 minute; skipped without Prometheus',
    entry: '../dist/lab/observability/main.js',
  },
  {
    name: 'compose',
    does: 'drills the containers of docker-compose.yml',
    takes: '10 minutes; skipped without Docker',
    entry: '../dist/lab/compose/main.js',
  },
  {
    name: 'new-service',
    does: 'makes a service in a copy of the repository, checks, tests and starts it, and asks it',
    takes: '2 to 3 minutes',
    entry: '../dist/lab/new-service/main.js',
  },
  {
    name: 'only-the-services',
    does: 'follows docs/only-the-services.md in a copy of the repository, then checks and builds it',
    takes: 'one minute',
    entry: '../dist/lab/only-the-services/main.js',
  },
  {
    name: 'versions',
    does: 'runs the tests on the other versions of PostgreSQL, and installs these first',
    takes: '15 minutes for each; --smoke: less than half a minute for each',
    entry: '../dist/lab/versions/main.js',
  },
  {
    name: 'bench',
    does: 'compares the library with pg, TypeORM, Sequelize, Drizzle, Kysely, Pgpool-II and pgbench',
    takes: 'one to two hours, as it says for each work; --smoke: one minute',
    entry: './bench/run.mjs',
  },
  {
    name: 'guard',
    does: 'fails when an operation costs more CPU time than committed, as a multiple of a peer',
    takes: '1 to 2 minutes',
    entry: './guard/run.mjs',
  },
  {
    name: 'own-session',
    does: "measures what the pool's own session costs",
    takes: '1 to 2 minutes',
    entry: '../dist/lab/own-session/main.js',
  },
  {
    name: 'raw-sql',
    does: 'measures what plain SQL gains over repositories and query builders in the services',
    takes: '1 to 2 minutes',
    entry: '../dist/lab/raw-sql/main.js',
  },
  {
    name: 'console-cost',
    does: 'measures what the live console costs a service, closed and open',
    takes: '5 to 10 minutes',
    entry: '../dist/lab/console-cost/main.js',
  },
  {
    name: 'call-path',
    does: 'counts the files that a read passes from RoutedPool.query to the socket',
    takes: 'half a minute',
    entry: '../dist/lab/call-path/main.js',
  },
];

const [name, ...options] = process.argv.slice(2);
const suite = SUITES.find((each) => each.name === name);
if (name === undefined) list();
else if (suite === undefined) refuse(name);
else await run(suite);

function list() {
  process.stdout.write('npm run lab -- NAME [its options]\n\n');
  for (const { name, does, takes } of SUITES) {
    process.stdout.write(`  ${name.padEnd(17)} ${does} (${takes})\n`);
  }
}

function refuse(name) {
  const names = SUITES.map((each) => each.name).join(', ');
  process.stderr.write(`There is no suite ${name}; the suites are: ${names}.\n`);
  process.exit(2);
}

/** Runs in this process, so that signals and exit codes are the suite's own. */
async function run({ entry }) {
  const { status } = spawnSync('npm', ['run', '-s', 'build'], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  const file = fileURLToPath(new URL(entry, import.meta.url));
  process.argv = [process.execPath, file, ...options];
  await import(file);
}
