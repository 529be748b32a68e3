/** What the choice of a lane is made from. */
export interface LaneLoad {
  readonly inFlight: number;
  readonly isStalled: boolean;
  readonly usualMs: number;
  headAgeMs(nowMs: number): number;
}

export interface LaneChoice<L> {
  /** Undefined when every lane is full or stalled. */
  readonly lane: L | undefined;
  /** One more lane would help. */
  readonly wantsMore: boolean;
}

/** Statements that take longer gain more from running side by side than from sharing packets. */
const HEAVY_MS = 0.25;
/** A lane whose oldest statement is older may hold up what comes behind it. */
const OLD_HEAD_MS = 5;

/**
 * Packs short reads onto the first lane that moves, as what is sent together is cheap; spreads what is heavy or has to wait over
 * all lanes, by two random choices.
 */
export function chooseLane<L extends LaneLoad>(
  lanes: readonly L[],
  { maxDepth, nowMs, random }: { maxDepth: number; nowMs: number; random: () => number },
): LaneChoice<L> {
  for (const lane of lanes) {
    if (lane.isStalled || lane.inFlight >= maxDepth) continue;
    if (lane.inFlight === 0) return { lane, wantsMore: false };
    if (lane.usualMs < HEAVY_MS && lane.headAgeMs(nowMs) < OLD_HEAD_MS) return { lane, wantsMore: false };
  }
  const open = lanes.filter((lane) => !lane.isStalled && lane.inFlight < maxDepth);
  if (open.length === 0) return { lane: undefined, wantsMore: true };
  const first = open[Math.floor(random() * open.length)] as L;
  const second = open[Math.floor(random() * open.length)] as L;
  return { lane: second.inFlight < first.inFlight ? second : first, wantsMore: true };
}
