import type { Lane, LaneOwner } from './lane/lane';
import type { LaneChooser } from './lane-choice';
import type { LaneOpener } from './lane-opener';
import type { LaneCounters, LaneOptions } from './lane-read';
import type { LaneSet } from './lane-set';
import type { WaitingReads } from './waiting-reads';

/** The parts that run the reads of one node. */
export interface LaneParts {
  readonly options: LaneOptions;
  readonly counters: LaneCounters;
  readonly lanes: LaneSet;
  readonly chooser: LaneChooser<Lane>;
  readonly opener: LaneOpener;
  readonly waiting: WaitingReads;
  readonly owner: LaneOwner;
}
