import type { HistoryLine, Level } from '../../consistency/history/lines';
import { ambientWith, RequestLimits } from '../library';
import { Choice, type Prng } from '../time/prng';
import * as sql from '../world/sql';
import { Caller, type Ended } from './caller';
import { someMisuse } from './misuse/some-misuse';
import { ownWork } from './own-work';
import { cursor, ownRead, pauseOf, read, readOnlyTransaction } from './reads';
import { drawAsked } from './routing/draw-asked';
import { relaxed } from './transactions/relaxed';
import type { Service } from './service';
import { transaction } from './transactions/transactions';
import { withoutTransaction } from './transactions/without-transaction';
import { byHand, hiddenWrite, order, write } from './writes';

export interface TrafficOptions {
  readonly callers: number;
  /** The pause between two requests of one caller, on average. */
  readonly thinkMs: number;
  /** The share of each kind of operation. */
  readonly mix: Readonly<Record<Kind, number>>;
  /** The share of requests with a time limit, and of those whose client goes away. */
  readonly limited: number;
  readonly boundsMs: readonly number[];
}

export type Kind =
  | 'session'
  | 'strong'
  | 'bounded'
  | 'eventual'
  | 'slow'
  | 'write'
  | 'hidden'
  | 'transaction'
  | 'read-only'
  | 'order'
  | 'by-hand'
  | 'cursor'
  | 'routed'
  | 'outside'
  | 'relaxed';

/** The longest that any call of the load may take: see docs/errors.md for the limits that add up to it. */
export const LONGEST_CALL_MS = 20_000;

/** The share of requests before which a caller makes a mistake. */
const MISTAKES = 0.01;
/** The share of reads that run outside of any request. */
const OWN_READS = 0.05;
/** The share of requests before which code in no session writes. */
const OWN_WORK = 0.03;
/** Work that goes on when its request is over: its caller repeats it, or ends it by hand. */
const HELD = new Set<Kind>(['order', 'by-hand', 'cursor']);
/** A transaction that fails waits for its ROLLBACK, for at most two seconds. */
const LIMIT_TOLERANCE_MS = 2_100;

/** As when a client resets its connection after it has closed it. */
function leaveTwice(limits: InstanceType<typeof RequestLimits>): void {
  limits.abort();
  limits.abort();
}

/** Callers that send requests to services until they are told to stop. */
export class Traffic {
  readonly #underWay = new Map<string, number>();
  #isOver = false;
  readonly #mix: Choice<Kind>;
  readonly #loops: Promise<void>[] = [];

  constructor(
    private readonly services: readonly Service[],
    private readonly prng: Prng,
    private readonly options: TrafficOptions,
    private readonly record: (line: HistoryLine) => void,
  ) {
    this.#mix = new Choice(options.mix);
  }

  start(): void {
    for (let index = 0; index < this.options.callers; index++) {
      const name = `s${index}`;
      const caller = new Caller(name, this.record);
      const outside = new Caller(`${name}.outside`, this.record);
      this.#loops.push(this.#loop(caller, outside, this.prng.stream(name)));
    }
  }

  /** Resolves when the last request is answered. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#loops);
  }

  /** Calls that have been under way for longer than any limit allows. */
  overdue(nowMs: number): readonly string[] {
    return [...this.#underWay].flatMap(([name, sinceMs]) =>
      nowMs - sinceMs > LONGEST_CALL_MS ? [`${name} has waited for ${Math.round(nowMs - sinceMs)} ms`] : [],
    );
  }

  /** `outside`: writes in no session. */
  async #loop(caller: Caller, outside: Caller, prng: Prng): Promise<void> {
    const [first] = this.services;
    if (!first) return;
    while (!this.#hasEnded()) {
      await pauseOf(first, prng.exponential(this.options.thinkMs));
      if (this.#hasEnded()) return;
      const service = prng.pick(this.services);
      if (prng.chance(OWN_READS)) await ownRead(service, prng);
      if (prng.chance(OWN_WORK)) await ownWork(outside, service, prng);
      if (prng.chance(MISTAKES)) await someMisuse(service, prng);
      await caller.request(service, () =>
        this.#limited(service, prng, async (limitMs) => {
          const count = prng.whole(1, 4);
          for (let done = 0; done < count && !this.#hasEnded(); done++)
            await this.#timed(caller, service, prng, limitMs);
        }),
      );
    }
  }

  /** A method, because TypeScript would narrow the field across an await that may change it. */
  #hasEnded(): boolean {
    return this.#isOver;
  }

  #timed(caller: Caller, service: Service, prng: Prng, limitMs: number): Promise<void> {
    const kind = prng.choose(this.#mix);
    const { scheduler, oracle } = service.world;
    const startMs = scheduler.nowMs;
    this.#underWay.set(caller.name, startMs);
    return this.#one(kind, caller, service, prng).then(() => {
      this.#underWay.delete(caller.name);
      const tookMs = scheduler.nowMs - startMs;
      if (tookMs > LONGEST_CALL_MS) {
        oracle.found(
          'every-call-ends',
          `${caller.name}: ${kind} by ${service.name} took ${Math.round(tookMs)} ms`,
        );
      }
      const lateMs = scheduler.nowMs - Math.max(startMs, limitMs);
      if (!HELD.has(kind) && lateMs > LIMIT_TOLERANCE_MS && service.clock.pausedUntilMs < startMs) {
        oracle.found(
          'requests-end-with-their-limit',
          `a ${kind} went on for ${Math.round(lateMs)} ms after its limit`,
        );
      }
      oracle.count(kind);
    });
  }

  /** Some requests have a time limit, and some clients go away. */
  #limited(service: Service, prng: Prng, work: (limitMs: number) => Promise<unknown>): Promise<unknown> {
    if (!prng.chance(this.options.limited)) return work(Infinity);
    return this.#withLimit(service, prng, work);
  }

  async #withLimit(service: Service, prng: Prng, work: (limitMs: number) => Promise<unknown>): Promise<void> {
    const budgetMs = prng.between(2, 400);
    const limitMs = service.world.scheduler.nowMs + budgetMs;
    const limits = new RequestLimits(service.clock, budgetMs);
    const isAborted = prng.chance(0.4);
    const leave = isAborted
      ? service.world.scheduler.in(prng.between(0.1, 60), () => leaveTwice(limits), service.clock)
      : undefined;
    await (isAborted
      ? ambientWith([limits.ambient])(() => work(limitMs))
      : limits.apply(() => work(limitMs)));
    leave?.cancel();
  }

  #one(kind: Kind, caller: Caller, service: Service, prng: Prng): Promise<unknown> {
    switch (kind) {
      case 'session':
      case 'strong':
      case 'bounded':
      case 'eventual':
        return this.#read(kind, caller, service, prng);
      case 'slow':
        return this.#read('session', caller, service, prng, true);
      case 'write':
        return write(caller, service, prng);
      case 'hidden':
        return hiddenWrite(caller, service, prng);
      case 'transaction':
        return transaction(caller, service, prng);
      case 'read-only':
        return readOnlyTransaction(caller, service, prng);
      case 'order':
        return order(caller, service, prng, this.services);
      case 'by-hand':
        return byHand(caller, service, prng);
      case 'cursor':
        return cursor(caller, service, prng);
      case 'outside':
        return withoutTransaction(caller, service, prng);
      case 'relaxed':
        return relaxed(caller, service, prng);
      case 'routed':
        return read(caller, service, prng, drawAsked(prng, this.options.boundsMs));
    }
  }

  #read(level: Level, caller: Caller, service: Service, prng: Prng, isSlow = false): Promise<Ended> {
    const maxStalenessMs = prng.pick(this.options.boundsMs);
    return read(caller, service, prng, {
      read: { text: isSlow ? sql.SLOW_READ : sql.READ },
      subject: undefined,
      roles: undefined,
      tenant: undefined,
      handler: isSlow && prng.chance(0.5) ? 'Slow.read' : undefined,
      hint: undefined,
      level,
      maxStalenessMs: level === 'bounded' ? maxStalenessMs : undefined,
    });
  }
}
