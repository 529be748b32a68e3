import type { HealthWatch } from '../services/health-watch';
import type { Load } from '../load/load';
import type { Operation } from '../load/operation';
import type { Rig, RigOptions } from '../services/rig';
import { describeFailures, failed, reads } from '../load/statistics';

/** One measurement against a target. */
export interface Measurement {
  readonly what: string;
  readonly measured: string;
  readonly isMet: boolean;
}

/** What a row works with. */
export interface FaultContext {
  readonly rig: Rig;
  readonly load: Load;
  readonly health: HealthWatch;
  /** When the steady load began. */
  readonly startMs: number;
  /** Lets the load run for this long. */
  readonly observe: (durationMs: number) => Promise<void>;
  /** The load's operations so far. */
  readonly operations: () => readonly Operation[];
}

/** One row of the table of faults. */
export interface FaultRow {
  readonly name: string;
  readonly fault: string;
  readonly guarantee: string;
  readonly bar: string;
  readonly rig?: RigOptions;
  /** Options of the steady load, when the row needs other than the usual ones. */
  readonly load?: { readonly readsPerSecond?: number; readonly ordersPerSecond?: number };
  /** Whether the same load also goes to plain TypeORM `replication`. */
  readonly comparesPeer?: boolean;
  /** Whether nodes have changed roles, so that the next row needs a new cluster. */
  readonly changesCluster?: boolean;
  /**
   * Injects the fault, ends it, and measures, while the load runs. `conclude` adds measurements of all reads
   * after the load has ended.
   */
  readonly run: (context: FaultContext) => Promise<Measurement[]>;
  readonly conclude?: (operations: readonly Operation[]) => Measurement[];
}

/** "out ≤ 2 s": a delay against its limit. */
export function delayMeasurement(what: string, delayMs: number | undefined, limitMs: number): Measurement {
  const shown = delayMs === undefined ? 'never' : `${(delayMs / 1_000).toFixed(2)} s`;
  return { what, measured: shown, isMet: delayMs !== undefined && delayMs <= limitMs };
}

export function noFailedRead(operations: readonly Operation[]): Measurement[] {
  const all = reads(operations);
  const count = failed(all).length;
  return [
    {
      what: 'failed reads',
      measured: count === 0 ? `0 of ${all.length}` : `${count} of ${all.length} (${describeFailures(all)})`,
      isMet: count === 0 && all.length > 0,
    },
  ];
}
