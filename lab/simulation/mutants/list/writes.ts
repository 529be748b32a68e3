import type { FaultWeights, Mutant } from '../mutant';
import { lostAnswers } from '../stories';

/** Old primaries that stay or come back. */
const OLD_PRIMARIES: FaultWeights = { failover: 4, return: 4, cut: 2 };
/** A service that has seen a new primary and cannot reach it any more, but the old one, which still runs. */
const SPLITS: FaultWeights = { split: 6 };
/** Connections that break while a write is under way. */
const BREAKS: FaultWeights = { break: 6, crash: 1, failover: 1 };

/** Writes: at most once, on the primary, and reported as they ended. */
export const WRITES: readonly Mutant[] = [
  {
    name: 'retry-write',
    what: 'a write whose connection breaks is sent again',
    file: 'execution/write-runner',
    from: 'isRepeatable: attempt === 1 && mayRunTwice(statement.request),',
    to: 'isRepeatable: attempt === 1,',
    faults: BREAKS,
  },
  {
    name: 'hedge-write',
    what: 'a write is sent twice, and the first answer counts',
    file: 'execution/write-runner',
    from: 'const result = await statement.send(decision, target);',
    to: 'const result = await Promise.race([statement.send(decision, target), statement.asSecond().send(decision, target)]);',
  },
  {
    name: 'lost-write-failed',
    what: 'a write whose answer is lost is reported as not sent',
    file: 'execution/write-runner',
    from: 'throw isSent && isLost ?',
    to: "if (isSent && isLost) throw new _errors.ConnectFailedError('', ''); throw false ?",
    faults: BREAKS,
  },
  {
    name: 'aborted-write-failed',
    what: 'a write whose client leaves while it runs is reported as not executed',
    file: 'execution/write-runner',
    from: 'error instanceof _errors.RequestAbortedError ||',
    to: '',
  },
  {
    name: 'lost-commit-failed',
    what: 'a COMMIT whose answer is lost is reported as rolled back',
    file: 'postgres/pool/transactions/commit-answer',
    from: 'return cause instanceof Error && !isLost ?',
    to: 'return cause instanceof Error ?',
    faults: BREAKS,
  },
  {
    name: 'lost-client-commit',
    what: 'a COMMIT by hand whose answer is lost as its request ends is reported as ended by the request',
    file: 'postgres/pool/statements/bound-connection',
    from: 'throw unknown ?? over ??',
    to: 'throw over ?? unknown ??',
    faults: lostAnswers,
  },
  {
    name: 'read-may-write',
    what: 'what was taken for a read writes, where its connection accepts that, and runs again when it is lost',
    file: 'execution/exclusive-run',
    from: 'const isReadOnly = !isWrite && !keep;',
    to: 'const isReadOnly = false;',
    faults: lostAnswers,
  },
  {
    name: 'refused-write-lost',
    what: 'what was refused as a read, and whose answer is lost when it runs as a write, is reported as not sent',
    file: 'execution/write-runner',
    from: 'await this.#runStatement(need, read.asWrite(), true);',
    to: 'await this.#runStatement(need, read.asWrite(), false);',
    faults: lostAnswers,
  },
  {
    name: 'late-connection-kept',
    what: 'a client that was released while it waited for a connection keeps the one that comes later',
    file: 'postgres/pool/client/client-binding',
    from: 'if (this.#isReleased) bound.release(undefined, undefined);',
    to: '',
  },
  {
    name: 'commit-tag',
    what: 'a COMMIT that the server answers with ROLLBACK counts as committed',
    file: 'postgres/pool/transactions/commit-answer',
    from: "return command === 'COMMIT' ? undefined :",
    to: 'return true ? undefined :',
  },
  {
    name: 'retry-commit',
    what: 'a transaction with a retry runs again after any error',
    file: 'transaction/manager',
    from: '|| !this.#isRetryable(error)) throw error;',
    to: ') throw error;',
    faults: BREAKS,
  },
  {
    name: 'released-before-commit',
    what: 'the connection of a transaction is given back before COMMIT is sent',
    file: 'postgres/pool/transactions/postgres-transaction',
    from: 'const startedAtMs = this.#resources.clock.now();\n        const answers',
    to: 'const startedAtMs = this.#resources.clock.now(); this.#giveBack(connection);\n        const answers',
  },
  {
    name: 'fenced-primary',
    what: 'an old primary that comes back gets writes again',
    file: 'cluster/topology/elect-primary',
    from: 'const current = writable.filter((node)=>(node.timeline ?? 0) >= (highestTimeline ?? 0));',
    to: 'const current = writable.slice(-1);',
    faults: OLD_PRIMARIES,
  },
  {
    name: 'lower-timeline',
    what: 'of two primaries, that of the lower timeline is elected',
    file: 'cluster/topology/elect-primary',
    from: '(node.timeline ?? 0) >= (highestTimeline ?? 0));',
    to: '(node.timeline ?? 0) === Math.min(...writable.map((each)=>each.timeline ?? 0)));',
    faults: OLD_PRIMARIES,
  },
  {
    name: 'timeline-forgotten',
    what: 'the highest timeline is forgotten when its nodes cannot be reached',
    file: 'cluster/monitor/cluster-record',
    from: 'this.#highestTimeline = Math.max(this.#highestTimeline ?? 0, answer.timeline);',
    to: 'this.#highestTimeline = answer.timeline;',
    faults: SPLITS,
  },
];
