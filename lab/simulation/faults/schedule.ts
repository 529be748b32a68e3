import { PHASES, type StatementPhase } from '../checks/phases';
import { Choice, type Prng } from '../time/prng';
import type { Fault, FaultKind, Trouble } from './fault';

/** By how rare each is. */
const PHASES_AIMED_AT = new Choice<StatementPhase>({
  ...Object.fromEntries(PHASES.map((phase) => [phase, 1])),
  hedged: 5,
  'between attempts': 3,
  'waiting for a connection': 2,
  'in COMMIT': 2,
  'replica is behind': 2,
});
/** The share of faults that wait for a statement to be somewhere: some phases are over in no time. */
const AIMED = 0.4;

export interface Cast {
  readonly servers: readonly string[];
  readonly services: readonly string[];
  /** All names of the servers. */
  readonly hosts: readonly string[];
}

export interface ScheduleOptions {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly count: number;
  /** The share of each kind of fault. */
  readonly weights: Readonly<Partial<Record<FaultKind, number>>>;
  /** What all of them wait for; left out: some of them wait for one phase or another. */
  readonly aim?: StatementPhase;
}

/** Draws the faults of a run, in the order of their times: a list, so that a part of it can be run. */
export function drawFaults(prng: Prng, cast: Cast, options: ScheduleOptions): Fault[] {
  const { fromMs, untilMs, count, weights, aim: aimedAt } = options;
  const faults = Array.from({ length: count }, (_, index): Fault => {
    const own = prng.stream(`fault-${index}`);
    const atMs = Math.round(own.between(fromMs, untilMs));
    const forMs = Math.round(own.chance(0.2) ? own.between(1_000, 6_000) : own.between(20, 1_500));
    const aim = own.stream('aim');
    const when = aimedAt ?? (aim.chance(AIMED) ? aim.choose(PHASES_AIMED_AT) : undefined);
    return { atMs, forMs, ...(when && { when }), ...draw(own, own.weighted<FaultKind>(weights), cast) };
  });
  return faults.sort((one, other) => one.atMs - other.atMs);
}

function draw(prng: Prng, kind: FaultKind, { servers, services, hosts }: Cast): Trouble {
  const server = prng.pick(servers);
  switch (kind) {
    case 'freeze':
    case 'replay-paused':
    case 'full':
    case 'blind-probe':
    case 'return':
      return { kind, server };
    case 'rename':
      return { kind, host: prng.pick(hosts), server };
    case 'crash':
      return {
        kind,
        server,
        how: prng.pick(['orderly', 'crash', 'crash', 'silent']),
        behindBytes: prng.chance(0.7) ? prng.whole(0, 60_000) : 0,
      };
    case 'cut':
    case 'slow-link': {
      const from = prng.chance(0.6) ? prng.pick(services) : prng.pick(servers);
      const to = prng.pick(servers.filter((name) => name !== from));
      return kind === 'cut'
        ? { kind, ...(prng.chance(0.5) ? { from, to } : { from: to, to: from }), isOneWay: prng.chance(0.5) }
        : { kind, from, to, factor: prng.between(3, 60) };
    }
    case 'slow-server':
      return { kind, server, factor: prng.between(3, 100) };
    case 'lag':
      return { kind, server, delayMs: prng.between(20, 3_000) };
    case 'conflicts':
      return {
        kind,
        server,
        rate: prng.chance(0.7) ? prng.between(0.05, 0.6) : prng.between(0.6, 0.98),
        isEverywhere: prng.chance(0.5),
      };
    case 'break':
      return {
        kind,
        server,
        point: prng.pick(['before', 'within', 'after']),
        rate: prng.between(0.005, 0.2),
      };
    case 'service-paused':
      return { kind, service: prng.pick(services) };
    case 'wall-clock':
      return { kind, service: prng.pick(services), jumpMs: prng.between(-7_200_000, 7_200_000) };
    case 'split':
      return {
        kind,
        server,
        service: prng.pick(services),
        cutAfterMs: prng.chance(0.5) ? 0 : prng.between(50, 1_000),
        followers: servers.filter(() => prng.chance(0.4)),
      };
    case 'failover':
      return {
        kind,
        old: prng.pick(['stopped', 'gone', 'isolated', 'running']),
        isFreshest: prng.chance(0.5),
        afterMs: prng.chance(0.5) ? prng.between(0, 200) : prng.between(200, 2_500),
      };
  }
}
