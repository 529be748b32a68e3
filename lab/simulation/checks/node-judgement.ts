import type { NodeStatus } from 'db-routing';
import type { NodeChange } from '../../../libs/db-routing/src/cluster/topology/node-changes';
import type { Probed } from '../engine/sim-probe';
import type { Timeline } from '../world/timeline';
import type { World } from '../world/world';

/** A node may be called down after so many probes in a row without an answer. */
const MISSES_UNTIL_DOWN = 2;
/** Rounding of times that are sums of fractions. */
const EPSILON_MS = 0.01;

/** How a service judges its nodes, compared with its probes and with the truth. */
export class NodeJudgement {
  readonly #misses = new Map<string, number>();

  constructor(
    private readonly service: string,
    private readonly world: World,
  ) {}

  missed(node: string): void {
    this.#misses.set(node, (this.#misses.get(node) ?? 0) + 1);
  }

  /** A probe was answered; `statusOf` tells what the service then makes of it. */
  answered(node: string, probed: Probed, statusOf: () => NodeStatus | undefined): void {
    this.#misses.delete(node);
    const { server, life, isPrimary } = probed;
    if (isPrimary) return;
    this.world.scheduler.in(0, () => {
      if (server.life === life) this.#compare(probed, statusOf());
    });
  }

  changed({ before, now }: NodeChange): void {
    if (!before || now?.state !== 'down' || !/^\d+ probe/.test(now.reason)) return;
    if (before.state === 'unknown' || before.state === 'down') return;
    const misses = this.#misses.get(now.address.name) ?? 0;
    if (misses >= MISSES_UNTIL_DOWN) return;
    const what = `${this.service} calls ${now.address.name} down after ${misses} missed probes: ${now.reason}`;
    this.world.oracle.found('down-after-two-misses', what);
  }

  /** What is claimed is an upper bound of the true staleness. */
  #compare(probed: Probed, status: NodeStatus | undefined): void {
    const { timelines, scheduler, oracle } = this.world;
    const { stalenessMs, timeline, role } = status ?? {};
    const of = timelines[(timeline ?? 0) - 1];
    if (role !== 'replica' || stalenessMs === undefined || !of) return;
    const hasUpTo = sharedBy(of, probed);
    const missingSinceMs = hasUpTo === 0 ? undefined : of.firstFlushBeyond(hasUpTo);
    if (missingSinceMs === undefined) return;
    oracle.count('staleness compared');
    const trueMs = scheduler.nowMs - missingSinceMs;
    if (trueMs <= stalenessMs + EPSILON_MS) return;
    const claim = `${this.service} takes ${probed.server.name} for at most ${Math.round(stalenessMs)} ms stale`;
    oracle.found('staleness-is-a-bound', `${claim}, and it is ${Math.round(trueMs)} ms stale`);
  }
}

/** Up to where the replica has the history of the timeline; 0 when that cannot be told. */
function sharedBy(of: Timeline, { timeline, replayedLsn: lsn }: Probed): number {
  return Math.max(of.sharedWith(timeline, lsn), timeline.sharedWith(of, lsn));
}
