import type { FaultWeights, Mutant } from '../mutant';

/** Replicas that fall behind. */
const LAG: FaultWeights = { lag: 3, 'replay-paused': 3, 'slow-link': 1, cut: 1 };

/** Names that lead to another server for a while, and connections that are made meanwhile. */
const NAMES: FaultWeights = { rename: 6, break: 3, crash: 1, failover: 1 };

/** The judgement of nodes. */
export const CLUSTER: readonly Mutant[] = [
  {
    name: 'miss-counts-twice',
    what: 'a probe without an answer counts as two',
    file: 'cluster/monitor/node-state',
    from: 'const misses = before.misses + 1;',
    to: 'const misses = before.misses + 2;',
  },
  {
    name: 'staleness-off-by-one',
    what: 'a replica counts as having what the sample before proves',
    file: 'cluster/monitor/staleness-history',
    from: 'if (sample && replayed.has(sample.log))',
    to: 'if (sample && replayed.has((this.#samples[i - 1] ?? sample).log))',
    faults: LAG,
  },
  {
    name: 'sample-too-young',
    what: 'the primary counts as asked when its answer arrives',
    file: 'cluster/monitor/monitor',
    from: 'if (this.#cluster.learn(answer, askedAtMs)) this.#judgeAgain',
    to: 'if (this.#cluster.learn(answer, this.options.clock.now())) this.#judgeAgain',
    faults: LAG,
  },
  {
    name: 'lagging-is-fit',
    what: 'a replica that lags too far behind stays fit',
    file: 'cluster/monitor/node-state',
    from: 'if (seen.stalenessMs > limitMs)',
    to: 'if (false)',
    faults: LAG,
  },
  {
    name: 'bound-ignored',
    what: 'a bounded read runs on any fit replica',
    file: 'routing/decide',
    from: "return maxStalenessMs === undefined ? undefined : (0, _replicagroups.stalenessObjection)(node, maxStalenessMs, 'of this read');",
    to: 'return undefined;',
    faults: LAG,
  },
  {
    name: 'two-names-two-nodes',
    what: 'two names of one server count as two nodes',
    file: 'cluster/discovery/merge-names',
    from: 'return isThere && server !== undefined ?',
    to: 'return false ?',
  },
  {
    name: 'probe-stays',
    what: 'a probe keeps the connection that it made while its name led elsewhere',
    file: 'cluster/monitor/monitor',
    from: 'watch.doubtName();',
    to: ';',
    faults: NAMES,
  },
  {
    name: 'guessed-timeline',
    what: 'the timeline of a replica that may not be asked for it is believed',
    file: 'cluster/monitor/cluster-record',
    from: '|| isPermitted === false)',
    to: ')',
    faults: { 'blind-probe': 4, split: 4, lag: 1 },
  },
];
