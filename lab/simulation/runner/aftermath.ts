import { withReadConsistency } from 'db-routing';
import { alone, inTransaction } from '../load/statements';
import type { Service } from '../load/service';
import type { Prng } from '../time/prng';
import * as sql from '../world/sql';
import type { World } from '../world/world';

/** What must hold once nothing goes wrong any more. */
export class Aftermath {
  constructor(
    private readonly world: World,
    private readonly services: readonly Service[],
    private readonly prng: Prng,
  ) {}

  /** Every kind of call succeeds. */
  async callsSucceed(): Promise<void> {
    for (const service of this.services) {
      const id = `calm.${service.name}`;
      const key = [`calm/${service.name}/${this.prng.whole(0, 9)}`];
      await this.#succeeds(service, 'a write', () => service.query(sql.WRITE, alone(id, key)));
      await this.#succeeds(service, 'a transaction', () =>
        service.parts.transactions.run({}, () => service.query(sql.WRITE, inTransaction(`${id}.tx`, key))),
      );
      for (const level of ['strong', 'session', 'eventual'] as const) {
        await this.#succeeds(service, `a ${level} read`, () =>
          withReadConsistency(level, () => service.query(sql.READ, alone(id, key))),
        );
      }
    }
  }

  /** What explains the routing to people agrees with the routing. */
  routesAreExplained(): void {
    for (const { name, parts } of this.services) {
      const { router, classifier, nodes, execution } = parts;
      const { topology } = nodes;
      const explained = router.explain(
        classifier.classify(sql.WRITE),
        {},
        topology,
        execution.choice.context,
      );
      const { decision } = explained;
      if (decision?.node !== topology.primary?.address.name)
        this.#found(
          'routes-are-explained',
          `a write of ${name} is said to go to ${decision?.node ?? 'no node'}`,
        );
      for (const { rule, seen, changed } of router.counts) {
        if (changed > seen)
          this.#found('routes-are-explained', `rule ${rule.index} of ${name}: ${changed} of ${seen}`);
      }
    }
  }

  /** No connection, and no place in a queue, is taken. */
  nothingIsHeld(): void {
    const { oracle } = this.world;
    for (const { name, parts, engine, watch } of this.services) {
      const { primary } = parts.nodes.topology;
      const isCounted = primary !== undefined && !watch.measured.has(primary.address.name);
      const load = isCounted ? parts.execution.choice.context.loadOf(primary) : 1;
      if (load > 1)
        oracle.found('no-leak', `${name} counts ${load - 1} statements on ${primary?.address.name ?? ''}`);
      for (const held of engine.nodes.flatMap((node) => node.held))
        oracle.found('no-leak', `${name} holds ${held}`);
      for (const { node, waiting, laneReads } of parts.nodes.stats) {
        if (waiting + laneReads > 0)
          oracle.found('no-leak', `${name} waits for ${node}: ${waiting}, ${laneReads}`);
      }
    }
  }

  /** An ended pool leaves no timer and no connection. */
  nothingIsLeft(): void {
    const { oracle, servers } = this.world;
    for (const { name, clock } of this.services) {
      if (clock.timers > 0) oracle.found('no-leak', `${name} has left ${clock.timers} timers`);
    }
    for (const { name, backends } of servers) {
      for (const { last } of backends) oracle.found('no-leak', `a connection to ${name} is left: ${last}`);
    }
  }

  #found(rule: string, what: string): void {
    this.world.oracle.found(rule, what);
  }

  async #succeeds(service: Service, what: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.world.oracle.found('calls-succeed-when-calm', `${what} by ${service.name} failed: ${why}`);
    }
  }
}
