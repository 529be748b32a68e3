import { createHash } from 'node:crypto';
import type { HistoryLine } from '../../consistency/history/lines';
import { violationsIn } from '../../consistency/checker/check-history';
import type { Fault } from '../faults/fault';
import { Striker } from '../faults/strike';
import { Changes } from '../load/changes';
import { namesOfServers } from '../load/cluster-url';
import { Jobs } from '../load/jobs';
import { Service } from '../load/service';
import { Traffic } from '../load/traffic';
import { onlyVirtual } from '../time/only-virtual';
import { Prng } from '../time/prng';
import { Scheduler } from '../time/scheduler';
import type { Finding } from '../world/oracle';
import { World } from '../world/world';
import { checkCommits } from '../checks/committed-once';
import { Aftermath } from './aftermath';
import { finalLines } from './final-lines';
import { drawSettings, type RunSettings } from './settings';

export interface RunResult {
  readonly seed: number;
  readonly operations: number;
  readonly events: number;
  readonly virtualMs: number;
  /** SHA-256 of the history, line by line; computed when it is asked for. */
  readonly hash: string;
  readonly violations: readonly Finding[];
  readonly settings: RunSettings;
  readonly lines: readonly HistoryLine[];
  readonly counts: ReadonlyMap<string, number>;
}

/** The oldest that a probe's answer may be when a read is sent: an interval, and a probe that is late. */
const PROBING_TOLERANCE_MS = 500;
/** A run that is not over by then waits for something that never comes. */
const LONGEST_RUN_MS = 120_000;
/** How long the services may take to see that the world is calm again. */
const SETTLING_MS = 6_000;

/** What replaces a part of what the seed draws. */
export interface Instead {
  readonly faults?: readonly Fault[];
  /** How long the load lasts, in milliseconds of virtual time. */
  readonly loadMs?: number;
}

/** Runs one seed. */
export async function runSeed(seed: number, instead: Instead = {}): Promise<RunResult> {
  const prng = new Prng(seed, 'run');
  const settings = { ...drawSettings(prng), ...instead };
  const scheduler = new Scheduler();
  const world = new World(scheduler, prng.stream('world'), settings.world);
  const lines: HistoryLine[] = [
    { line: 'run', seed, seconds: settings.loadMs / 1_000, probingToleranceMs: PROBING_TOLERANCE_MS },
  ];
  const services = settings.services.map(
    ({ name, options }) => new Service(name, world, prng.stream(`service/${name}`), options),
  );
  const traffic = new Traffic(services, prng.stream('load'), settings.traffic, (line) => lines.push(line));
  const changes = new Changes(services, prng.stream('changes'), namesOfServers(settings.world));
  const jobs = new Jobs(world, prng.stream('jobs'), settings.jobs, (line) => lines.push(line));
  const story = { isOver: false };
  const told = drive(world, services, { traffic, changes, jobs }, settings, prng).finally(
    () => (story.isOver = true),
  );
  told.catch(() => undefined);
  const onRejected = (error: unknown) => world.oracle.found('every-rejection-is-handled', String(error));
  process.on('unhandledRejection', onRejected);
  await onlyVirtual(() => scheduler.run(() => story.isOver || scheduler.nowMs > LONGEST_RUN_MS)).finally(() =>
    process.off('unhandledRejection', onRejected),
  );
  if (story.isOver) await told;
  else world.oracle.found('every-call-ends', 'calls still wait long after the end of the load');
  checkCommits(world);
  for (const line of finalLines(world)) lines.push(line);
  const operations = lines.filter(({ line }) => line === 'operation').length;
  return {
    seed,
    operations,
    events: scheduler.events,
    virtualMs: scheduler.nowMs,
    get hash() {
      return hashOf(lines);
    },
    violations: [
      ...violationsIn(lines).map(({ guarantee, message }) => ({ rule: guarantee, what: message })),
      ...world.oracle.findings,
    ],
    settings,
    lines,
    counts: world.oracle.counts,
  };
}

/** How many lines are hashed at once: one by one would cost more than the hash. */
const LINES_AT_ONCE = 500;

function hashOf(lines: readonly HistoryLine[]): string {
  const hash = createHash('sha256');
  for (let start = 0; start < lines.length; start += LINES_AT_ONCE) {
    hash.update(JSON.stringify(lines.slice(start, start + LINES_AT_ONCE)));
  }
  return hash.digest('hex');
}

/** What works on the services. */
interface Load {
  readonly traffic: Traffic;
  readonly changes: Changes;
  readonly jobs: Jobs;
}

async function drive(
  world: World,
  services: readonly Service[],
  { traffic, changes, jobs }: Load,
  settings: RunSettings,
  prng: Prng,
): Promise<void> {
  const { scheduler, oracle } = world;
  const pause = (ms: number) => new Promise<void>((resolve) => scheduler.in(ms, resolve));
  await Promise.all(services.map((service) => service.start()));
  const striker = new Striker(world, services);
  striker.plan(settings.faults);
  traffic.start();
  changes.start();
  const worked = jobs.run();
  await pause(settings.loadMs);
  striker.calm();
  changes.stop();
  jobs.stop();
  const stopped = traffic.stop();
  await pause(SETTLING_MS);
  await stopped;
  await worked;
  const aftermath = new Aftermath(world, services, prng.stream('aftermath'));
  await aftermath.callsSucceed();
  await pause(1_000);
  aftermath.routesAreExplained();
  aftermath.nothingIsHeld();
  await Promise.all(services.map((service) => service.end()));
  await pause(10_000);
  aftermath.nothingIsLeft();
  new Aftermath(world, jobs.services, prng).nothingIsLeft();
  for (const line of traffic.overdue(scheduler.nowMs)) oracle.found('every-call-ends', line);
}
