import type { Service } from '../load/service';
import type { StatementPhase } from '../checks/phases';
import type { Server } from '../world/server';
import type { World } from '../world/world';
import { metKey, pairOf } from '../coverage/met';
import type { Fault, FaultKind } from './fault';
import { Operator } from './operator';

/** How long a fault waits for a statement, and how often it looks. */
const LONGEST_AIM_MS = 400;
const LOOK_AGAIN_MS = 0.5;

/** Lets the faults of a schedule happen. */
export class Striker {
  readonly operator: Operator;
  #isOver = false;
  #lasting: { readonly kind: FaultKind; readonly untilMs: number }[] = [];

  constructor(
    private readonly world: World,
    private readonly services: readonly Service[],
  ) {
    this.operator = new Operator(world, [
      ...world.servers.map(({ name }) => name),
      ...services.map(({ name }) => name),
    ]);
  }

  plan(faults: readonly Fault[]): void {
    for (const fault of faults) {
      this.world.scheduler.at(fault.atMs, () => this.#begin(fault));
    }
  }

  /** Begins when a statement is where the fault waits for it, or when it has waited for long enough. */
  #begin(fault: Fault): void {
    const { oracle, scheduler } = this.world;
    if (this.#isOver) return;
    const { when, atMs } = fault;
    if (when !== undefined && scheduler.nowMs < atMs + LONGEST_AIM_MS && !this.#isAt(when)) {
      scheduler.in(LOOK_AGAIN_MS, () => this.#begin(fault));
      return;
    }
    oracle.count(`fault ${fault.kind}`);
    this.#meet(fault);
    this.#strike(fault);
  }

  #isAt(when: StatementPhase): boolean {
    return this.services.some((service) => service.isIn(when));
  }

  /** Counts where statements are when the fault begins, and which other faults still last. */
  #meet({ kind, forMs }: Fault): void {
    const { oracle, scheduler } = this.world;
    const { nowMs } = scheduler;
    const phases = this.services.flatMap((service) => [...service.phases()]);
    for (const phase of phases) oracle.count(metKey(kind, phase));
    const lasting = this.#lasting.filter(({ untilMs }) => untilMs > nowMs);
    for (const other of lasting)
      for (const phase of phases) oracle.count(metKey(pairOf(kind, other.kind), phase));
    this.#lasting = [...lasting, { kind, untilMs: nowMs + forMs }];
  }

  /** No fault begins any more, and what went wrong ends. */
  calm(): void {
    this.#isOver = true;
    this.operator.calm();
  }

  #strike(fault: Fault): void {
    const { world } = this;
    const { network, breaks, scheduler } = world;
    const untilMs = scheduler.nowMs + fault.forMs;
    switch (fault.kind) {
      case 'cut':
        network.cut(fault.from, fault.to, untilMs);
        if (!fault.isOneWay) network.cut(fault.to, fault.from, untilMs);
        this.#pumpAt(untilMs);
        break;
      case 'slow-link':
        network.slow(fault.from, fault.to, untilMs, fault.factor);
        network.slow(fault.to, fault.from, untilMs, fault.factor);
        break;
      case 'break':
        breaks.add({ ...fault, untilMs });
        break;
      case 'service-paused': {
        const service = this.services.find(({ name }) => name === fault.service);
        service?.clock.pauseUntil(untilMs);
        break;
      }
      case 'wall-clock': {
        const service = this.services.find(({ name }) => name === fault.service);
        if (service) service.clock.dayMs += fault.jumpMs;
        break;
      }
      case 'rename':
        network.name(fault.host, fault.server);
        scheduler.at(untilMs, () => world.nameServers());
        break;
      case 'failover':
        this.operator.failOver(fault.old, fault.isFreshest, fault.afterMs, fault.forMs);
        break;
      case 'split': {
        const server = world.find(fault.server);
        if (server) this.operator.split(server, fault);
        break;
      }
      case 'conflicts':
        for (const server of world.servers)
          if (fault.isEverywhere || server.name === fault.server)
            this.#conflict(server, fault.rate, fault.forMs);
        break;
      default: {
        const server = world.find(fault.server);
        if (server) this.#strikeServer(server, fault, fault.forMs);
      }
    }
  }

  #conflict(server: Server, rate: number, forMs: number): void {
    server.conflicts = rate;
    this.world.scheduler.in(forMs, () => (server.conflicts = 0));
  }

  #strikeServer(
    server: Server,
    fault: Exclude<Extract<Fault, { server: string }>, { kind: 'rename' | 'split' | 'conflicts' }>,
    forMs: number,
  ): void {
    const { world } = this;
    const later = (go: () => void) => {
      world.scheduler.in(forMs, () => {
        if (!this.#isOver) go();
      });
    };
    switch (fault.kind) {
      case 'freeze':
        server.frozen = true;
        later(() => server.thaw());
        break;
      case 'crash':
        server.stop(fault.how);
        later(() => server.start(fault.behindBytes, world.prng.between(20, 400)));
        break;
      case 'return':
        // An old primary comes back as what it was: writable.
        server.start(0, 50);
        break;
      case 'slow-server':
        server.slowness = fault.factor;
        later(() => (server.slowness = 1));
        break;
      case 'lag': {
        const usualMs = server.replayDelayMs;
        server.replayDelayMs = fault.delayMs;
        later(() => (server.replayDelayMs = Math.min(usualMs, 5)));
        break;
      }
      case 'replay-paused':
        server.isReplayPaused = true;
        later(() => {
          server.isReplayPaused = false;
          server.replay();
        });
        break;
      case 'full':
        server.isFull = true;
        later(() => (server.isFull = false));
        break;
      case 'blind-probe':
        server.isProbeBlind = true;
        later(() => (server.isProbeBlind = false));
        break;
      case 'break':
        break;
    }
  }

  /** What was flushed during a cut is sent after it. */
  #pumpAt(atMs: number): void {
    this.world.scheduler.at(atMs, () => {
      for (const server of this.world.servers) server.replication.pump();
    });
  }
}
