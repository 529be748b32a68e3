/** The facts about a lane that the choice depends on. */
export interface LaneLoad {
  readonly inFlight: number;
  readonly isStalled: boolean;
  readonly usualMs: number;
  headAgeMs(nowMs: number): number;
}

export interface LaneChoice<L> {
  /** The chosen lane; undefined when every lane is full or stalled. */
  readonly lane: L | undefined;
  /** Whether one more lane would help. */
  readonly wantsMore: boolean;
}

/** Statements slower than this gain more from running side by side than from sharing packets. */
const HEAVY_MS = 0.25;
/** A lane whose oldest statement is older than this may hold up the statements behind it. */
const OLD_HEAD_MS = 5;

/**
 * Packs short reads onto the first lane that makes progress, because statements that are sent together are
 * cheap. Spreads slow reads, and reads that would have to wait, over all lanes by two random choices.
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

/** Chooses among the open lanes of one node. */
export class LaneChooser<L extends LaneLoad> {
  constructor(
    private readonly lanes: readonly L[],
    private readonly options: { readonly maxDepth: number; readonly random: () => number },
  ) {}

  choose(nowMs: number): LaneChoice<L> {
    const { maxDepth, random } = this.options;
    return chooseLane(this.lanes, { maxDepth, nowMs, random });
  }

  /** Whether any lane takes another read. */
  hasRoom(nowMs: number): boolean {
    return this.choose(nowMs).lane !== undefined;
  }
}
