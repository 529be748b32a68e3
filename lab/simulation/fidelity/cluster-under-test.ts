import type { TopologySnapshot } from 'db-routing';
import type { TransactionOptions } from '../../../libs/db-routing/src/transaction/options';
import type { Clock } from '../../../libs/db-routing/src/clock';
import type { ServiceOptions } from '../load/service';

/** A server by the part that it had when the scenario began. */
export type Part = 'primary' | 'first' | 'second';

export const PARTS: readonly Part[] = ['primary', 'first', 'second'];

/** `write-in-read`: a statement that looks like a read, and writes. `slow`: a read that takes long. */
export type Work = 'read' | 'write' | 'write-in-read' | 'slow';

/** What a statement showed, or wrote: the version of each key. */
export type Versions = readonly number[];

/** A pool on the cluster, in a process of its own where there are processes. */
export interface ServiceUnderTest {
  readonly clock: Clock;
  readonly topology: TopologySnapshot;
  /** Runs one statement; the keys are the scenario's own. */
  query(work: Work, keys: readonly string[], isInTransaction?: boolean): Promise<Versions>;
  transaction<T>(options: TransactionOptions, work: () => Promise<T>): Promise<T>;
}

export type Tuning = Partial<Omit<ServiceOptions, 'url' | 'monitor'>>;

/** A primary, two replicas, and what can happen to them. Each control resolves when it has its effect. */
export interface ClusterUnderTest {
  readonly kind: 'simulated' | 'real';
  /** `aliases`: servers that the pool's list names twice. */
  service(tuning?: Tuning, aliases?: readonly Part[]): Promise<ServiceUnderTest>;
  /** The part of the server that a node of a pool leads to. */
  partOf(node: string): Part | undefined;
  pauseReplay(part: Part): Promise<void>;
  resumeReplay(part: Part): Promise<void>;
  /** Resolves when the running replicas whose replay goes on have everything. */
  replicated(parts: readonly Part[]): Promise<void>;
  stop(part: Part): Promise<void>;
  crash(part: Part): Promise<void>;
  start(part: Part): Promise<void>;
  freeze(part: Part): void;
  thaw(part: Part): void;
  promote(part: Part): Promise<void>;
  /** Lets nothing pass between the services and the server, until `heal`. */
  cut(part: Part): void;
  heal(part: Part): Promise<void>;
  /** Lets replay cancel what the replica reads now. */
  conflict(part: Part): Promise<void>;
  /** From now on, `write-in-read` writes; the pools that have started do not know. */
  makeReadWrite(): Promise<void>;
  pause(ms: number): Promise<void>;
}

/** Waits until the condition holds. */
export async function until(
  { pause }: Pick<ClusterUnderTest, 'pause'>,
  what: string,
  condition: () => boolean,
): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 1_000) throw new Error(`this has not happened: ${what}`);
    await pause(20);
  }
}
