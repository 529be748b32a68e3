import { Session, withReadConsistency } from 'db-routing';
import { RouteTrace } from '../library';
import { ALL_KEYS } from '../load/keys';
import { pauseOf } from '../load/reads';
import type { Service } from '../load/service';
import { alone } from '../load/statements';
import type { Prng } from '../time/prng';
import * as sql from '../world/sql';
import { STRONG_PER_1000, THINK_MS, WRITES_PER_1000 } from './plan';
import type { Tally } from './tally';

/** Tells the tally of each attempt when it begins, and keeps nothing. */
class AttemptTrace extends RouteTrace {
  constructor(
    private readonly tally: Tally,
    private readonly isRead: boolean,
  ) {
    super();
  }

  override add({ node }: { readonly node: string }): void {
    this.tally.attempt(node, this.isRead);
  }
}

/** Sessions that think, send a request, and think again. Each stays with the service of its zone. */
export class Crowd {
  #isOver = false;
  readonly #loops: Promise<void>[] = [];

  constructor(
    private readonly services: readonly Service[],
    private readonly prng: Prng,
    private readonly tally: Tally,
  ) {}

  start(sessions: number): void {
    for (let index = 0; index < sessions; index++) {
      const service = this.services[index % this.services.length];
      if (service) this.#loops.push(this.#loop(service, `u${index}`));
    }
  }

  /** Resolves when every session has had its last answer. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#loops);
  }

  async #loop(service: Service, name: string): Promise<void> {
    const session = new Session();
    for (;;) {
      await pauseOf(service, this.prng.exponential(THINK_MS));
      if (this.#isOver) return;
      await this.#request(service, session, name);
    }
  }

  async #request(service: Service, session: Session, name: string): Promise<void> {
    const { prng, tally } = this;
    const draw = prng.whole(0, 999);
    const isRead = draw >= WRITES_PER_1000;
    const level = draw < WRITES_PER_1000 + STRONG_PER_1000 ? 'strong' : 'session';
    const values = alone(name, [prng.pick(ALL_KEYS)]);
    const trace = new AttemptTrace(tally, isRead && level === 'session');
    tally.request();
    try {
      await session.run(() =>
        trace.record(() =>
          withReadConsistency(level, () => service.query(isRead ? sql.READ : sql.WRITE, values)),
        ),
      );
    } catch {
      tally.failure();
    }
  }
}
