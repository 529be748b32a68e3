import { Aftermath } from '../runner/aftermath';
import { nodeName } from '../load/cluster-url';
import { Service } from '../load/service';
import { onlyVirtual } from '../time/only-virtual';
import { Prng } from '../time/prng';
import { Scheduler } from '../time/scheduler';
import type { Finding } from '../world/oracle';
import { World } from '../world/world';
import { Crowd } from './crowd';
import { held, type Held } from './held';
import { BACK_AT, LOST_AT, LOST_ZONE, namesOf, type ScalePlan, serviceIn, worldOf, ZONES } from './plan';
import { Tally } from './tally';

export interface ScaleResult {
  readonly plan: ScalePlan;
  readonly tally: Tally;
  /** The reads of each replica until the zone is lost. */
  readonly reads: readonly number[];
  readonly held: readonly Held[];
  readonly lostAtMs: number;
  readonly backAtMs: number;
  readonly findings: readonly Finding[];
  readonly events: number;
}

const MINUTE_MS = 60_000;

/** Runs the whole plan; `say` gets a line for each minute of virtual time. */
export async function runScale(plan: ScalePlan, say: (line: string) => void): Promise<ScaleResult> {
  const run = new ScaleRun(plan, say);
  let isOver = false;
  const story = run.drive().finally(() => (isOver = true));
  story.catch(() => undefined);
  await onlyVirtual(() => run.scheduler.run(() => isOver));
  return story;
}

class ScaleRun {
  readonly scheduler = new Scheduler();
  readonly #world: World;
  readonly #services: readonly Service[];
  readonly #tally: Tally;
  readonly #crowd: Crowd;
  readonly #prng: Prng;
  readonly #held: Held[] = [];
  #beganMs = 0;

  constructor(
    private readonly plan: ScalePlan,
    private readonly say: (line: string) => void,
  ) {
    const prng = (this.#prng = new Prng(plan.seed, 'scale'));
    const servers = namesOf(plan.nodes);
    this.#world = new World(this.scheduler, prng.stream('world'), worldOf(servers));
    this.#services = ZONES.map(
      (zone) =>
        new Service(`service-${zone}`, this.#world, prng.stream(`service/${zone}`), serviceIn(zone, servers)),
    );
    this.#tally = new Tally(() => this.scheduler.nowMs - this.#beganMs);
    this.#crowd = new Crowd(this.#services, prng.stream('crowd'), this.#tally);
  }

  async drive(): Promise<ScaleResult> {
    const { plan, scheduler } = this;
    await Promise.all(this.#services.map((service) => service.start()));
    this.#beganMs = scheduler.nowMs;
    this.#crowd.start(plan.sessions);
    const lostAt = Math.round(plan.minutes * LOST_AT);
    const backAt = Math.round(plan.minutes * BACK_AT);
    let reads: ReadonlyMap<string, number> = new Map();
    for (let minute = 0; minute < plan.minutes; minute++) {
      if (minute === lostAt) {
        reads = this.#tally.takeReads();
        for (const server of this.#lostServers) server.stop('silent');
      }
      if (minute === backAt) for (const server of this.#lostServers) server.start(0, 1_000);
      await this.#until((minute + 1) * MINUTE_MS);
      this.#report(minute + 1);
    }
    await this.#end();
    const { servers } = this.#world;
    return {
      plan,
      tally: this.#tally,
      reads: servers.filter((server) => !server.isPrimary).map(({ name }) => reads.get(nodeName(name)) ?? 0),
      held: this.#held,
      lostAtMs: lostAt * MINUTE_MS,
      backAtMs: backAt * MINUTE_MS,
      findings: this.#world.oracle.findings,
      events: scheduler.events,
    };
  }

  get #lostServers() {
    return this.#world.servers.filter(({ name }) => name.startsWith(LOST_ZONE));
  }

  #until(ms: number): Promise<void> {
    return new Promise((resolve) => this.scheduler.at(this.#beganMs + ms, resolve));
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.scheduler.in(ms, resolve));
  }

  #report(minute: number): void {
    const { requests, attempts, failed } = this.#tally.between((minute - 1) * 60, minute * 60);
    const every = Math.max(1, Math.round(this.plan.minutes / 12));
    let what = '';
    if (minute % every === 0) {
      const now = held(this.#services, minute);
      this.#held.push(now);
      what = `; ${now.mapEntries} map entries, ${now.timers} timers, heap ${now.heapMiB.toFixed(0)} MiB`;
    }
    this.say(`minute ${minute}: ${requests} requests, ${attempts} attempts, ${failed} failed${what}`);
  }

  /** Stops the load, and looks for what is left. */
  async #end(): Promise<void> {
    await Promise.all([this.#crowd.stop(), this.#pause(MINUTE_MS * 5)]);
    const aftermath = new Aftermath(this.#world, this.#services, this.#prng.stream('aftermath'));
    aftermath.nothingIsHeld();
    await Promise.all(this.#services.map((service) => service.end()));
    await this.#pause(10_000);
    aftermath.nothingIsLeft();
  }
}
