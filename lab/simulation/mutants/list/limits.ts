import type { FaultWeights, Mutant } from '../mutant';

/** Reads that a replica cancels. */
const CONFLICTS: FaultWeights = { conflicts: 1 };
/** Replicas that cannot serve, so that the primary has to. */
const UNFIT: FaultWeights = { lag: 3, crash: 2, 'replay-paused': 2, 'slow-server': 1 };
/** Replicas that stand still. */
const PAUSED: FaultWeights = { 'replay-paused': 4, lag: 2 };
/** Replicas that answer late. */
const SLOW: FaultWeights = { 'slow-link': 3, 'slow-server': 2, freeze: 1 };
/** Servers that do not answer. */
const SILENT: FaultWeights = { freeze: 3, cut: 2, crash: 1, failover: 1 };

/** Limits: waits, retries, spilled and hedged reads. */
export const LIMITS: readonly Mutant[] = [
  {
    name: 'spill-without-cap',
    what: 'any number of reads run on the primary in place of replicas',
    file: 'execution/read-runner',
    from: 'const leave = await this.parts.spill.enter();',
    to: 'const leave = () => undefined;',
    faults: UNFIT,
  },
  {
    name: 'gate-kept',
    what: 'a read that leaves a gate keeps its place',
    file: 'execution/limits/gate',
    from: 'this.#inside -= 1;',
    to: '',
    faults: UNFIT,
  },
  {
    name: 'retry-without-budget',
    what: 'reads are retried without a budget',
    file: 'execution/read-runner',
    from: 'return this.parts.budget.withdraw();',
    to: 'return true;',
    faults: CONFLICTS,
  },
  {
    name: 'hedge-without-budget',
    what: 'reads are hedged without a budget',
    file: 'execution/hedging/hedged-reads',
    from: 'mayAskSecond: ()=>this.#budget.withdraw(),',
    to: 'mayAskSecond: ()=>true,',
    faults: SLOW,
  },
  {
    name: 'hedge-on-primary',
    what: 'a late read is sent to the primary as well',
    file: 'execution/read-runner',
    from: "return target === 'replica' && node.role === 'replica' && reason === asked && group",
    to: "return target === 'replica' && group",
    faults: SLOW,
  },
  {
    name: 'position-wait-unbounded',
    what: 'a read waits for a replica for as long as that takes',
    file: 'execution/positions/position-waits',
    from: 'if (!isReached && nowMs < waiter.deadlineMs && log !== undefined) continue;',
    to: 'if (!isReached && log !== undefined) continue;',
    faults: PAUSED,
  },
  {
    name: 'primary-unnoticed',
    what: 'work that waits for a primary is not told of a new one',
    file: 'execution/limits/primary-wait',
    from: 'for (const release of [\n            ...this.#waiters\n        ])release();',
    to: '',
    faults: SILENT,
  },
  {
    name: 'load-kept',
    what: 'a statement counts as load of its node for ever',
    file: 'execution/statement-runner',
    from: 'this.load.end(node);',
    to: '',
  },
  {
    name: 'lost-node-keeps-work',
    what: 'work on a node that is down is not abandoned',
    file: 'execution/nodes/node-pools',
    from: "if (now.state === 'down') pool?.abandon('everything', why);",
    to: "if (now.state === 'down') continue;",
    faults: SILENT,
  },
];
