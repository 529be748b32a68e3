import type { FaultWeights, Mutant } from '../mutant';
import {
  formerPrimaryByName,
  formerPrimaryFirst,
  lostAnswers,
  replicaInPlaceOfPrimary,
  replicaOfOldTimeline,
} from '../stories';

/** Promotions that not every service and replica notices at once, and servers that come back behind. */
const FAILOVERS: FaultWeights = { failover: 4, return: 3, cut: 2, crash: 2, lag: 1, 'slow-link': 1 };

/** Clusters that split: services and replicas differ about which server is the primary. */
const SPLITS: FaultWeights = { split: 6, rename: 1, lag: 1 };

/** Positions: what a session has seen, and what a node must have. */
export const SESSIONS: readonly Mutant[] = [
  {
    name: 'ignore-token',
    what: 'a session begins without the position of its token',
    file: 'consistency/session',
    from: 'this.#position = position;\n        this.#onAhead',
    to: 'this.#position = undefined;\n        this.#onAhead',
  },
  {
    name: 'ignore-timeline',
    what: 'a node serves a session of another timeline',
    file: 'routing/decide',
    from: 'if (position && node.timeline !== position.timeline)',
    to: 'if (false)',
    faults: SPLITS,
  },
  {
    name: 'lsn-across-timelines',
    what: 'of two timelines, the higher LSN counts as later',
    file: 'consistency/position',
    from: 'if (one.timeline !== other.timeline) return one.timeline > other.timeline ? one : other;',
    to: '',
    faults: SPLITS,
  },
  {
    name: 'older-primary',
    what: 'a primary of an older timeline serves a session of a newer one',
    file: 'routing/decide',
    from: 'return need.position && (primary.timeline ?? 0) < need.position.timeline ?',
    to: 'return false ?',
    faults: FAILOVERS,
  },
  {
    name: 'restarted-server',
    what: 'what a server has proven is believed after its restart',
    file: 'execution/positions/position-of-node',
    from: 'return node.startedAt === startedAt && isReplica',
    to: 'return isReplica',
    faults: replicaOfOldTimeline,
  },
  {
    name: 'former-primary',
    what: 'a read of the primary is believed although its server is a replica by now',
    file: 'execution/positions/session-progress',
    from: "if (work === 'read' && node.role === 'primary' && (0, _positionofnode.isFormerPrimary)(node, known))",
    to: 'if (false)',
    faults: replicaInPlaceOfPrimary,
  },
  {
    name: 'former-primary-transaction',
    what: 'a read-only transaction begins on a former primary to which the name of the primary leads',
    file: 'execution/positions/server-positions',
    from: 'return !mustAsk || this.#isPrimary(connection, node);',
    to: 'return true;',
    faults: formerPrimaryByName,
  },
  {
    name: 'primary-unasked',
    what: 'a read that advances no session does not ask whether its server is the primary',
    file: 'execution/statement-runner',
    from: "wantsPrimary: work === 'read' && ",
    to: 'wantsPrimary: false && ',
    faults: formerPrimaryByName,
  },
  {
    name: 'read-raises-nothing',
    what: 'a read does not advance its session',
    file: 'execution/statement-runner',
    from: "if (work === 'read' && !session.followsReads)",
    to: "if (work === 'read')",
  },
  {
    name: 'write-raises-nothing',
    what: 'an autocommit write does not advance its session',
    file: 'execution/statement-runner',
    from: 'if (session && answer.isOpen !== true)',
    to: "if (session && work === 'read')",
  },
  {
    name: 'commit-raises-nothing',
    what: 'the commit of a transaction does not advance its session',
    file: 'execution/positions/server-positions',
    from: '(0, _positionofnode.moveOn)(session, node, reached, known);',
    to: 'if (!isCommitted) (0, _positionofnode.moveOn)(session, node, reached, known);',
  },
  {
    name: 'lost-position-forgotten',
    what: 'a commit that may be lost, and whose position is lost, does not advance its session',
    file: 'execution/positions/server-positions',
    from: 'isCommitted ? await this.ofPrimary() : undefined',
    to: 'isCommitted && isPromised ? await this.ofPrimary() : undefined',
    faults: lostAnswers,
  },
  {
    name: 'promotion-unheard',
    what: 'a session that knows of a promotion writes to the primary that the monitor knows',
    file: 'execution/positions/session-recovery',
    from: 'return position && this.#isNewer(position) ? this.#findNewer(session, position) : undefined;',
    to: 'return undefined;',
  },
  {
    name: 'former-primary-first',
    what: 'work of a session that knows of a promotion waits for a primary, and takes the former one',
    file: 'execution/positions/session-primary',
    from: 'for(let wait = first; wait; wait = this.#awaited(session, sinceMs))await wait;',
    to: 'await first;',
    faults: formerPrimaryFirst,
  },
  {
    name: 'process-forgets',
    what: 'code without a session does not see the writes of its process',
    file: 'execution/positions/session-progress',
    from: "if (work === 'write') this.own.advance(reached);",
    to: '',
  },
  {
    name: 'unasked-forgotten',
    what: 'code without a session does not wait for the position of a run of its writes',
    file: 'execution/positions/session-routes',
    from: 'const covered = this.unasked.covered();',
    to: 'const covered = undefined;',
  },
  {
    name: 'position-before-commit',
    what: 'the position of a transaction is asked for before COMMIT',
    file: 'postgres/pool/transactions/postgres-transaction',
    from: "const answers = await connection.batch([\n            ...before,\n            'COMMIT',\n            ...this.#position.queryBehind('COMMIT')\n        ]);",
    to: "const early = await connection.batch([...before, ...this.#position.queryBehind('COMMIT')]); const answers = [...early.slice(0, before.length), ...(await connection.batch(['COMMIT'])), ...early.slice(before.length)];",
  },
  {
    name: 'unproven-transaction',
    what: 'a read-only transaction begins on a replica that has not proven its position',
    file: 'execution/checkouts',
    from: 'if (await this.parts.positions.isProven(connection, decision, need))',
    to: 'if (true)',
  },
  {
    name: 'unproven-read',
    what: 'a read does not ask its replica to prove the position',
    file: 'execution/statement-runner',
    from: 'atLeast: (0, _positionofnode.mustProve)(node) ? route.position?.log : undefined,',
    to: 'atLeast: undefined,',
  },
];
