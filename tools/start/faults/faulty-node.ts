import type { ClusterNode } from '@app/postgres-cluster';
import { FaultRefusedError, type FaultRequest } from '../../console/cluster-controls';
import type { NodeFaults } from '../../console/contract';
import type { ServiceLinks } from './service-links';

/** The faults that concern one node only. */
type OwnFault = Exclude<
  FaultRequest['fault'],
  'delay' | 'cut-primary' | 'promote' | 'bring-back' | 'undo-all'
>;

/** One node of the cluster, and the faults that it has now. */
export class FaultyNode {
  #isFrozen = false;
  #isPaused = false;
  #delayMs = 0;
  #isCutFromServices = false;
  /** The processes on the primary that send it WAL, while they are stopped. */
  #stoppedSenders: readonly number[] = [];

  constructor(
    readonly node: ClusterNode,
    private readonly links: ServiceLinks,
  ) {}

  get name(): string {
    return this.node.name;
  }

  get status(): NodeFaults {
    const { name: node, role, isRunning } = this.node;
    return {
      node,
      role,
      isRunning,
      isFrozen: this.#isFrozen,
      isPaused: this.#isPaused,
      delayMs: this.#delayMs,
      isCutFromServices: this.#isCutFromServices,
      isCutFromPrimary: this.#stoppedSenders.length > 0,
    };
  }

  /** Whether it answers statements. */
  get isReachable(): boolean {
    return this.node.isRunning && !this.#isFrozen;
  }

  /** @throws FaultRefusedError */
  requireReplica(what: string): void {
    this.#requireReachable(what);
    if (this.node.role !== 'replica') {
      throw new FaultRefusedError(`${this.name} cannot be ${what}: it is the primary, and not a replica.`);
    }
  }

  /** @throws FaultRefusedError */
  async apply(fault: OwnFault): Promise<void> {
    switch (fault) {
      case 'pause':
        this.requireReplica('paused');
        await this.node.pauseReplay();
        this.#isPaused = true;
        break;
      case 'resume':
        await this.#resume();
        break;
      case 'freeze':
        this.#requireRunning('frozen');
        this.node.freeze();
        this.#isFrozen = true;
        break;
      case 'thaw':
        this.#thaw();
        break;
      case 'kill':
        this.#requireRunning('killed');
        await this.#kill();
        break;
      case 'cut-services':
      case 'join-services':
        this.#setCut(fault === 'cut-services');
        break;
      case 'join-primary':
        this.rejoinPrimary();
        break;
    }
  }

  /** Makes commits visible later on this replica; 0 ends the delay. @throws FaultRefusedError */
  async setDelay(delayMs: number): Promise<void> {
    this.requireReplica('delayed');
    await this.node.setApplyDelay(delayMs);
    this.#delayMs = delayMs;
  }

  /**
   * Stops the stream of WAL to this replica, as a network without answers would.
   *
   * @throws FaultRefusedError
   */
  async cutFromPrimary(primary: ClusterNode): Promise<void> {
    this.requireReplica('cut from the primary');
    const pids = await primary.walSenders(this.node);
    if (pids.length === 0) throw new FaultRefusedError(`${this.name} does not stream from ${primary.name}.`);
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    this.#stoppedSenders = pids;
  }

  rejoinPrimary(): void {
    for (const pid of this.#stoppedSenders) {
      try {
        process.kill(pid, 'SIGCONT');
      } catch {
        // The primary was killed meanwhile, and its processes with it.
      }
    }
    this.#stoppedSenders = [];
  }

  /** Ends every fault but a kill. */
  async undo(): Promise<void> {
    this.#thaw();
    this.#setCut(false);
    this.rejoinPrimary();
    await this.#resume();
    if (this.#delayMs > 0 && this.isReachable) {
      await this.node.setApplyDelay(0);
      this.#delayMs = 0;
    }
  }

  async #resume(): Promise<void> {
    if (this.#isPaused && this.isReachable && this.node.role === 'replica') await this.node.resumeReplay();
    this.#isPaused = false;
  }

  #thaw(): void {
    if (this.#isFrozen) this.node.thaw();
    this.#isFrozen = false;
  }

  async #kill(): Promise<void> {
    await this.node.kill();
    this.#isFrozen = false;
    // A pause does not outlive the server; a delay does, because it is a setting.
    this.#isPaused = false;
  }

  #setCut(isCut: boolean): void {
    if (isCut === this.#isCutFromServices) return;
    this.links.set(this.node.port, { isCut });
    this.#isCutFromServices = isCut;
  }

  #requireRunning(what: string): void {
    if (!this.node.isRunning) throw new FaultRefusedError(`${this.name} cannot be ${what}: it does not run.`);
  }

  #requireReachable(what: string): void {
    this.#requireRunning(what);
    if (this.#isFrozen) throw new FaultRefusedError(`${this.name} cannot be ${what}: it is frozen.`);
  }
}
