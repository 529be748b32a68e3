import { ConnectFailedError, ConnectionLostError, PoolExhaustedError } from '../errors';
import type { Decision } from '../routing/decide';
import type { NodeStatus } from '../cluster/topology/snapshot';
import type { Gate } from './limits/gate';
import type { Attempt, HedgedRead } from './hedging/hedge-race';
import type { HedgedReads } from './hedging/hedged-reads';
import { OtherServerError, StalePositionError } from '../engine/stale-position-error';
import { isReadOnlyRefusal, isRolledBack, sqlStateOf } from '../postgres/protocol/pg-errors';
import type { PositionWaits } from './positions/position-waits';
import type { AnyResult } from '../postgres/protocol/query-types';
import type { Attempts } from './attempts';
import type { StatementOutcome } from './reports';
import type { RetryBudget } from './limits/retry-budget';
import type { Route } from '../routing/route';
import type { ServersBehindNames } from '../cluster/discovery/servers-behind-names';

export interface ReadRunnerOptions {
  readonly decide: (need: Route, exclude: ReadonlySet<string>) => Decision;
  readonly hasPrimary: () => boolean;
  readonly budget: RetryBudget;
  /** Reads that no replica can serve pass here on their way to the primary; undefined where there are none in whose place they are there. */
  readonly spill: () => Gate | undefined;
  readonly waits: PositionWaits;
  /** Whether the node takes far longer than others: it is of no help to a read that is late. */
  readonly isSlow: (node: NodeStatus) => boolean;
  /** undefined: no read is sent to two nodes at once. */
  readonly hedges: HedgedReads | undefined;
  readonly servers: ServersBehindNames;
  /** For what turns out to write. */
  readonly write: (need: Route, attempts: Attempts) => Promise<AnyResult>;
  /** A replica refused what was taken for a read, and the primary has accepted it. */
  readonly onReadRefused: (text: string) => void;
}

/** A read is tried on one replica, on another, and on the primary. */
const MAX_ATTEMPTS = 3;
const FEATURE_NOT_SUPPORTED = '0A000';

/** Runs autocommit reads: nothing that one does is lost by running it again elsewhere. */
export class ReadRunner {
  constructor(private readonly options: ReadRunnerOptions) {}

  async run(need: Route, given: Attempts): Promise<AnyResult> {
    const { budget, onReadRefused, hasPrimary, decide, hedges } = this.options;
    const failed = new Set<string>();
    let refusal: unknown;
    let hasWaited = false;
    let hasAskedAnew = false;
    let target = need;
    budget.deposit();
    for (let attempt = 1; ;) {
      let decision = decide(target, failed);
      let attempts = given;
      try {
        let result: AnyResult;
        if (hedges && mayBeHedged(decision, target)) {
          const end = await hedges.run(this.#hedged(target, { decision, attempts }, failed));
          ({ decision, attempts } = end);
          if ('error' in end) throw end.error;
          ({ result } = end);
        } else {
          result = await this.#attempt(decision, target, attempts);
        }
        attempts.ended?.(decision, 'answered');
        // Only now it is known that it was the replica's refusal, and not the statement's own fault.
        if (refusal !== undefined && need.text !== undefined) onReadRefused(need.text);
        return result;
      } catch (error) {
        if (error instanceof StalePositionError) {
          attempts.ended?.(decision, 'stale', error);
          if (error instanceof OtherServerError && !hasAskedAnew) {
            // It may be the primary by now, and the only one to have what is needed.
            hasAskedAnew = true;
            await this.options.servers.isOther(decision.node, error.position?.startedAt);
            if (!this.#isOneOfSeveral(decision, failed)) continue;
          }
          // One wait for one read: who has waited in vain goes where the data is.
          if (
            this.#isOneOfSeveral(decision, failed) ||
            hasWaited ||
            !(await this.#catchesUp(decision, target))
          ) {
            failed.add(decision.node.address.name);
          }
          hasWaited = true;
          continue;
        }
        failed.add(decision.node.address.name);
        if (target.target === 'replica' && isRefusedByReplica(error, decision)) {
          attempts.ended?.(decision, hasPrimary() ? 'retried' : 'failed', error);
          if (!hasPrimary()) throw error;
          target = { ...need, target: 'primary', reason: 'refused-by-replica', group: undefined };
          // It writes: from now on it must not run twice, as reads may.
          if (isReadOnlyRefusal(error)) return await this.#asWrite(target, attempts);
          refusal = error;
        } else {
          const isLost = isNodesFault(error, decision);
          const isRetried = isLost && attempt < MAX_ATTEMPTS && this.#mayRetry(target, failed);
          attempts.ended?.(decision, isRetried ? 'retried' : isLost ? 'lost' : 'failed', error);
          if (!isRetried) throw error;
        }
        attempt += 1;
      }
    }
  }

  async #asWrite(target: Route, attempts: Attempts): Promise<AnyResult> {
    const result = await this.options.write(target, attempts.asWrite());
    if (target.text !== undefined) this.options.onReadRefused(target.text);
    return result;
  }

  async #attempt(decision: Decision, route: Route, attempts: Attempts): Promise<AnyResult> {
    // Writes have no other place to go: reads that could not be served elsewhere must not crowd them out.
    const { role, isFenced } = decision.node;
    const isSpilled = route.target === 'replica' && role === 'primary' && !isFenced;
    const leave = isSpilled ? await this.options.spill()?.enter() : undefined;
    try {
      return await attempts.send(decision, route);
    } finally {
      leave?.();
    }
  }

  #hedged(route: Route, first: Attempt, failed: Set<string>): HedgedRead {
    return {
      route,
      text: route.text ?? '',
      first,
      second: () => this.#second(route, first, failed),
      onPassed: ({ decision, attempts }, error) => {
        failed.add(decision.node.address.name);
        attempts.ended?.(decision, outcomeBeside(error, decision), error);
      },
    };
  }

  /** Another replica that would have served the read just as well. */
  #second(route: Route, { decision, attempts }: Attempt, failed: ReadonlySet<string>): Attempt | undefined {
    const beside = attempts.beside?.();
    if (!beside) return undefined;
    try {
      const second = this.options.decide(route, new Set([...failed, decision.node.address.name]));
      if (!mayBeHedged(second, route) || this.options.isSlow(second.node)) return undefined;
      return { decision: { node: second.node, reason: 'hedge' }, attempts: beside };
    } catch {
      return undefined;
    }
  }

  /** Whether the next answer would be another server's: then none of its kind is asked again for this read. */
  #isOneOfSeveral({ node }: Decision, failed: Set<string>): boolean {
    const { servers } = this.options;
    if (!servers.leadsToSeveral(node)) return false;
    for (const name of servers.several) failed.add(name);
    return true;
  }

  async #catchesUp({ node }: Decision, { position }: Route): Promise<boolean> {
    if (!position || node.role !== 'replica') return false;
    return this.options.waits.forPosition(node, position.log);
  }

  #mayRetry(target: Route, failed: ReadonlySet<string>): boolean {
    try {
      this.options.decide(target, failed);
    } catch {
      return false;
    }
    return this.options.budget.withdraw();
  }
}

/** Served by a replica because it is meant to be: not by the primary, nor by what is left when nothing is fit. A group's limit counts reads, not attempts. */
function mayBeHedged({ node, reason }: Decision, { target, reason: asked, group }: Route): boolean {
  return (
    target === 'replica' && node.role === 'replica' && reason === asked && group?.maxConcurrent === undefined
  );
}

/** Of an attempt that failed while another one was under way. */
function outcomeBeside(error: unknown, decision: Decision): StatementOutcome {
  if (error instanceof StalePositionError) return 'stale';
  return isNodesFault(error, decision) ? 'retried' : 'failed';
}

/** Whether the same read may well succeed elsewhere. */
function isNodesFault(error: unknown, { node }: Decision): boolean {
  return (
    error instanceof ConnectionLostError ||
    error instanceof ConnectFailedError ||
    (error instanceof PoolExhaustedError && error.limit === 'acquireTimeoutMs') ||
    (node.role === 'replica' && isRolledBack(error))
  );
}

/** 0A000: what hot standby does not support, such as an unlogged table; on the primary the same may succeed. */
function isRefusedByReplica(error: unknown, { node }: Decision): boolean {
  return isReadOnlyRefusal(error) || (node.role === 'replica' && sqlStateOf(error) === FEATURE_NOT_SUPPORTED);
}
