import type { HealthWatch } from '../services/health-watch';
import type { Load } from '../load/load';
import type { Operation } from '../load/operation';
import type { Rig, RigOptions } from '../services/rig';
import { describeFailures, failed, reads } from '../load/statistics';

/** One thing that was measured against a bar. */
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
  /** Lets the load run on for so long. */
  readonly observe: (durationMs: number) => Promise<void>;
  /** What the load has done so far. */
  readonly operations: () => readonly Operation[];
}

/** One row of the table of faults. */
export interface FaultRow {
  readonly name: string;
  readonly fault: string;
  readonly guarantee: string;
  readonly bar: string;
  readonly rig?: RigOptions;
  /** Of the steady load, where the row needs another than the usual. */
  readonly load?: { readonly readsPerSecond?: number; readonly ordersPerSecond?: number };
  /** The same load goes to plain TypeORM `replication`, beside. */
  readonly comparesPeer?: boolean;
  /** Nodes have changed their roles: the next row gets a new cluster. */
  readonly changesCluster?: boolean;
  /**
   * Injects the fault, ends it, and measures. The load runs all the while. What it has to say about all reads
   * it says in `conclude`, when the load has ended.
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
