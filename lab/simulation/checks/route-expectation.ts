import { DeniedByRuleError, RuleTimeoutError } from 'db-routing';
import type { RouteEntry } from '../../../libs/db-routing/src/routing/route-trace';
import type { Asked } from '../load/routing/asked';
import { type Want, wanted } from '../load/routing/want';
import type { ServiceRouting } from '../load/routing/service-routing';
import { Names } from './names';

/** The primary serves a read that is meant for replicas: the cluster or the session leaves no other way. */
const STANDS_IN = new Set(['no-fit-replica', 'replicas-behind', 'session-write', 'refused-by-replica']);
/** No node serves the read as intended, so that any node does that may have the data. */
const LAST_RESORTS = /^(no-other-node|primary-lost|primaries-split)/;

const ROUTED = new Names('routed ');

/** What must be true of the nodes that serve one read, by the rules, groups, hints, weights and zones. */
export class RouteExpectation {
  #want: Want | undefined;
  /** When a transaction began: its node is chosen then, or later, and told when its connection is there. */
  #begunAtMs: number | undefined;
  #attempts = 0;
  #isOver = false;
  #leave: (() => void) | undefined;

  constructor(private readonly routing: ServiceRouting) {}

  /** Call this just before the read begins: the rules may be replaced at any time. */
  ask(asked: Asked): Want {
    this.#want = wanted(asked, this.routing.rules, this.routing.level);
    if (asked.transaction !== undefined) this.#begunAtMs = this.routing.nowMs;
    return this.#want;
  }

  get want(): Want | undefined {
    return this.#want;
  }

  /** An attempt is sent to a node. */
  judge(entry: RouteEntry): void {
    const want = this.#want;
    if (!want) return;
    this.routing.oracle.count(ROUTED.of(entry.reason));
    this.#attempts += 1;
    const objection = want.isDenied
      ? 'a rule denies it'
      : entry.role === 'primary'
        ? this.#onPrimary(want, entry)
        : this.#onReplica(want, entry);
    if (objection !== undefined) {
      const what = `a read for ${want.to ?? 'any replica'} (${want.reason}) ran on ${entry.node} (${entry.role}, ${entry.reason})`;
      this.routing.found('reads-run-where-rules-say', `${what}: ${objection}`);
    }
    // A request that has ended may leave an attempt behind.
    if (this.#attempts === 1 && want.to !== undefined && !this.#isOver)
      this.#leave = this.routing.enterGroup(want.to);
  }

  /** The read is over. */
  end(error: unknown): void {
    this.#isOver = true;
    this.#leave?.();
    const want = this.#want;
    if (!want) return;
    const isDenied = error instanceof DeniedByRuleError;
    if (isDenied !== want.isDenied) {
      const how = error instanceof Error ? error.message : 'an answer';
      this.routing.found(
        'denied-by-rules',
        `a read ${want.isDenied ? 'was' : 'was not'} to be denied, and got ${how}`,
      );
    }
    if (isDenied) this.routing.oracle.count('denied by a rule');
    if (error instanceof RuleTimeoutError) {
      this.routing.oracle.count('ended by a rule');
      if (want.timeoutMs === undefined)
        this.routing.found('limits-of-rules', `no rule limits a read that failed: ${error.message}`);
    }
  }

  #onPrimary({ to, reason }: Want, entry: RouteEntry): string | undefined {
    if (to === 'primary') return entry.reason === reason ? undefined : `the reason must be ${reason}`;
    return STANDS_IN.has(entry.reason) || LAST_RESORTS.test(entry.reason)
      ? undefined
      : 'it is not for the primary';
  }

  #onReplica(want: Want, { node, reason, stalenessMs }: RouteEntry): string | undefined {
    const { to, weights, maxStalenessMs } = want;
    if (weights?.[node] === 0) return 'its weight is 0';
    if (maxStalenessMs !== undefined && !((stalenessMs ?? Infinity) <= maxStalenessMs)) {
      return `it is ${String(stalenessMs)} ms stale, and the limit is ${maxStalenessMs}`;
    }
    if (LAST_RESORTS.test(reason)) return undefined;
    if (to === 'primary') return 'it is for the primary';
    const group = reason === 'group-unfit' ? undefined : to;
    const sinceMs = this.#begunAtMs ?? this.routing.nowMs;
    const objection = this.routing.membership(node, group, sinceMs);
    if (objection !== undefined) return objection;
    if (reason !== want.reason && reason !== 'hedge' && reason !== 'group-unfit')
      return `the reason must be ${want.reason}`;
    const isFree = want.level === 'eventual' && this.#attempts === 1 && reason === want.reason;
    return isFree && maxStalenessMs === undefined
      ? this.routing.nearer(node, group, weights, sinceMs)
      : undefined;
  }
}
