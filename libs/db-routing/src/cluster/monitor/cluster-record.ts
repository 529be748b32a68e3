import type { Observation } from './node-state';
import type { NodeFacts } from './node-watch';
import { type Membership, type Verdict, whichCluster } from './which-cluster';
import type { ProbeAnswer } from '../../engine/probe';
import { StalenessHistory } from './staleness-history';

/** What comparing a node with the primary yields. */
interface Measurement {
  readonly stalenessMs: number | undefined;
  readonly lagBytes: number | undefined;
  readonly isOutdated: boolean;
}

/** Enough to measure a replica that is minutes behind, at two samples a second. */
const MAX_SAMPLES = 4096;

/**
 * What is known of the cluster as a whole: its system identifier, how far its primary has written, and on
 * which timeline.
 */
export class ClusterRecord {
  readonly #history = new StalenessHistory({ maxSamples: MAX_SAMPLES });
  #verdict: Verdict;
  #highestTimeline: number | undefined;
  #hasSeenReplica = false;

  /**
   * `systemId` is the configured cluster; undefined when none was configured. A replica staler than
   * `maxStalenessMs` is outdated.
   */
  constructor(
    systemId: string | undefined,
    private readonly maxStalenessMs: number,
  ) {
    this.#verdict =
      systemId === undefined
        ? { systemId: undefined, isTied: false, because: 'not every node has answered yet' }
        : { systemId };
  }

  get verdict(): Verdict {
    return this.#verdict;
  }

  /** The highest timeline that any node of this cluster has reported at any time. */
  get highestTimeline(): number | undefined {
    return this.#highestTimeline;
  }

  /** Whether a replica was ever there. */
  get hasSeenReplica(): boolean {
    return this.#hasSeenReplica;
  }

  /** Decides once which cluster is meant. Returns true when this call made it certain. */
  decide(members: readonly Membership[], isOver: boolean): boolean {
    if (this.#verdict.systemId !== undefined) return false;
    this.#verdict = whichCluster(members, isOver);
    return this.#verdict.systemId !== undefined;
  }

  /**
   * Takes in the answer of a node. Returns true when it allows replicas to be measured that could not be
   * measured before.
   */
  learn(answer: ProbeAnswer, askedAtMs: number): boolean {
    if (answer.systemId !== this.#verdict.systemId) return false;
    this.#highestTimeline = Math.max(this.#highestTimeline ?? 0, answer.timeline);
    this.#hasSeenReplica ||= answer.role === 'replica';
    // Ignore an old primary.
    if (answer.role !== 'primary' || answer.timeline !== this.#highestTimeline) return false;
    const isFirst = this.#history.timeline !== answer.timeline;
    this.#history.record(answer.log, answer.timeline, askedAtMs);
    return isFirst;
  }

  /** Returns the facts in a node's answer, and the observation to judge the node by. */
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

  /** Returns why a node with this answer must not be used; undefined when it may be. */
  #objection({ systemId }: ProbeAnswer): string | undefined {
    const { systemId: meant } = this.#verdict;
    if (meant === undefined || systemId === meant) return undefined;
    return `it belongs to another cluster: system identifier ${systemId}, not ${meant}`;
  }

  #measure({ role, log, timeline, isPermitted }: ProbeAnswer, nowMs: number): Measurement {
    if (role === 'primary') return { stalenessMs: 0, lagBytes: 0, isOutdated: false };
    const newest = this.#history.newestLog;
    // Only positions on one timeline compare, and without permission a replica's timeline is a guess.
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

/** Returns the facts of an answer that need no comparison with the primary. */
export function factsOf(answer: ProbeAnswer): NodeFacts {
  const { systemId, timeline, serverVersion, startedAt, server, log } = answer;
  return { systemId, timeline, serverVersion, startedAt, server, log };
}
