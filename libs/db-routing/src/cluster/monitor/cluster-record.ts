import type { Observation } from './node-state';
import type { NodeFacts } from './node-watch';
import { type Membership, type Verdict, whichCluster } from './which-cluster';
import type { ProbeAnswer } from '../../engine/probe';
import { StalenessHistory } from './staleness';

/** What can be measured of a node against the primary. */
interface Measurement {
  readonly stalenessMs: number | undefined;
  readonly lagBytes: number | undefined;
  readonly isOutdated: boolean;
}

/** Long enough for a replica that is minutes behind to be measured, at two samples a second. */
const MAX_SAMPLES = 4096;

/** What is known of the cluster as a whole: which one it is, how far its primary has written, and on which timeline. */
export class ClusterRecord {
  readonly #history = new StalenessHistory({ maxSamples: MAX_SAMPLES });
  #verdict: Verdict;
  #highestTimeline: number | undefined;
  #hasSeenReplica = false;

  /** `systemId`: of the cluster that is meant, where that was configured. `maxStalenessMs`: what is staler is outdated. */
  constructor(
    systemId: string | undefined,
    private readonly maxStalenessMs: number,
  ) {
    this.#verdict =
      systemId === undefined
        ? { systemId: undefined, isTied: false, because: 'not every node was asked yet' }
        : { systemId };
  }

  get verdict(): Verdict {
    return this.#verdict;
  }

  /** Of any node of this cluster, at any time. */
  get highestTimeline(): number | undefined {
    return this.#highestTimeline;
  }

  /** Whether one was ever there. */
  get hasSeenReplica(): boolean {
    return this.#hasSeenReplica;
  }

  /** Works out which cluster is meant, once. True when it has become certain by this. */
  decide(members: readonly Membership[], isOver: boolean): boolean {
    if (this.#verdict.systemId !== undefined) return false;
    this.#verdict = whichCluster(members, isOver);
    return this.#verdict.systemId !== undefined;
  }

  /** Takes in what a node said. True when replicas that were judged before can be measured only now. */
  learn(answer: ProbeAnswer, askedAtMs: number): boolean {
    if (answer.systemId !== this.#verdict.systemId) return false;
    this.#highestTimeline = Math.max(this.#highestTimeline ?? 0, answer.timeline);
    this.#hasSeenReplica ||= answer.role === 'replica';
    // An old primary's word counts for nothing.
    if (answer.role !== 'primary' || answer.timeline !== this.#highestTimeline) return false;
    const isFirst = this.#history.timeline !== answer.timeline;
    this.#history.record(answer.log, answer.timeline, askedAtMs);
    return isFirst;
  }

  /** What the answer says of its node, as facts and as what is to be judged. */
  judge(answer: ProbeAnswer, nowMs: number): { readonly facts: NodeFacts; readonly seen: Observation } {
    const { role, remark } = answer;
    const verdict = this.#verdict;
    const impediment = this.#objection(answer);
    const measured = this.#measure(answer, nowMs);
    return {
      facts: { ...factsOf(answer), ...measured },
      seen: {
        kind: 'answered',
        role,
        stalenessMs: measured.stalenessMs,
        ...(verdict.systemId === undefined && { pending: verdict.because }),
        ...(impediment !== undefined && { impediment }),
        ...(remark !== undefined && { remark }),
      },
    };
  }

  /** Why a node that answers so must not be used; undefined when it may. */
  #objection({ systemId }: ProbeAnswer): string | undefined {
    const { systemId: meant } = this.#verdict;
    if (meant === undefined || systemId === meant) return undefined;
    return `it belongs to another cluster: system identifier ${systemId}, not ${meant}`;
  }

  #measure({ role, log, timeline, isPermitted }: ProbeAnswer, nowMs: number): Measurement {
    if (role === 'primary') return { stalenessMs: 0, lagBytes: 0, isOutdated: false };
    const newest = this.#history.newestLog;
    // Only positions of one timeline can be compared, and without permission its timeline is a guess.
    if (newest === undefined || this.#history.timeline !== timeline || isPermitted === false) {
      return { stalenessMs: undefined, lagBytes: undefined, isOutdated: newest !== undefined };
    }
    return {
      isOutdated: (this.#history.behindMs(log) ?? Infinity) > this.maxStalenessMs,
      stalenessMs: this.#history.stalenessMs(log, nowMs),
      lagBytes: log.distanceTo(newest),
    };
  }
}

/** What a node says that needs nothing to be measured against. */
export function factsOf(answer: ProbeAnswer): NodeFacts {
  const { systemId, timeline, serverVersion, startedAt, server, log } = answer;
  return { systemId, timeline, serverVersion, startedAt, server, log };
}
