import type { NodeStatus } from '../cluster/topology/snapshot';
import type { Clock } from '../clock';
import type { NodeConnections } from '../engine/node-connections';
import type { ExclusiveAnswer, NodeAnswer, NodeRead, ReadTicket } from '../engine/node-statement';
import type { StatementResult } from '../engine/result';
import { OtherServerError, StalePositionError } from '../engine/stale-position-error';
import { ConnectionLostError } from '../errors';
import type { Decision } from '../routing/decide';
import type { NodeLoad } from '../routing/node-load';
import { isBounded, type Route } from '../routing/route';
import { traceRoute } from '../routing/route-trace';
import type { ExclusiveRun } from './exclusive-run';
import { RequestLimits } from './limits/request-limits';
import type { ClusterNodes } from './nodes/cluster-nodes';
import { mustProve } from './positions/position-of-node';
import type { SessionProgress } from './positions/session-progress';
import type { Sending, StatementRequest } from './statement-request';

/** Runs one autocommit statement on the chosen node, within all its limits. */
export class StatementRunner {
  constructor(
    private readonly nodes: ClusterNodes,
    private readonly exclusive: ExclusiveRun,
    private readonly progress: SessionProgress,
    private readonly load: NodeLoad,
    private readonly clock: Clock,
  ) {}

  /**
   * Rejects with PostgreSQL's error, with a connection error, or with StalePositionError when the node has
   * not proven the route's position.
   */
  async run(
    decision: Decision,
    route: Route,
    request: StatementRequest,
    sending: Sending,
  ): Promise<StatementResult> {
    const { node } = decision;
    const { session, work } = request;
    const startedAtMs = this.clock.now();
    const before = session?.needed;
    const read = readFor(node, route, request, sending.sinceMs);
    const connections = this.nodes.connectionsTo(node);
    this.load.begin(node);
    try {
      const answer = await this.#send(connections, decision, route, request, read, sending);
      if (read.wantsPrimary) this.progress.checkPrimary(node, route, answer);
      // The COMMIT of a transaction that is still open will advance the session.
      if (session && answer.isOpen !== true) {
        // The usual read outside a session: there is nothing to learn, and nothing to wait for.
        if (work === 'read' && !session.followsReads) this.progress.checkProof(node, route, answer);
        else {
          const { wantsPosition: isAsked = false } = read;
          const learning = this.progress.learn({ node, route, work, session, isAsked, before }, answer);
          if (learning) await learning;
        }
      }
      if (work === 'write' || connections.isTypical(read, answer)) {
        this.load.record(node, this.clock.now() - startedAtMs);
      }
      return answer.result;
    } catch (error) {
      if (!(error instanceof StalePositionError)) {
        if (request.mayCommitAndFail && session) await this.progress.learnAfterFailure(node, session);
        throw error;
      }
      if (error instanceof OtherServerError) this.nodes.reportOtherServer(node, error.position?.startedAt);
      else if (error.position) this.progress.observe(node, error.position, true);
      // No node is fresher than the primary, and the caller knows about connections, not about positions.
      throw node.role === 'primary' && !node.isFenced
        ? new ConnectionLostError(node.address.name, { cause: error })
        : error;
    } finally {
      this.load.end(node);
    }
  }

  #send(
    connections: NodeConnections,
    { node, reason }: Decision,
    route: Route,
    request: StatementRequest,
    read: NodeRead,
    sending: Sending,
  ): Promise<ExclusiveAnswer> {
    const { work, isTraced = true, keep } = request;
    if (isTraced) traceRoute(node, reason);
    return work === 'write' || route.timeoutMs !== undefined || keep !== undefined
      ? this.exclusive.run(connections, read, route, request, sending)
      : withinLimits(connections.start(read));
  }
}

function readFor(
  node: NodeStatus,
  route: Route,
  { input, values, session, work, mayOpenTransaction = false }: StatementRequest,
  sinceMs: number,
): NodeRead {
  // In a transaction that has just begun, the question would be its first query, and the isolation level
  // could no longer be set.
  const mayAsk = !mayOpenTransaction;
  const wantsPosition = mayAsk && (session?.asksBehind(work) ?? false);
  // Without a position to judge by, a read can still ask where it has arrived.
  const wantsPlace = mayAsk && work === 'read' && !wantsPosition;
  return {
    input,
    values,
    atLeast: mustProve(node) ? route.position?.log : undefined,
    wantsPosition,
    wantsPrimary: wantsPlace && isForPrimary(node, route),
    wantsServer: wantsPlace && isBounded(route) && mustProve(node),
    sinceMs,
  };
}

/** Whether only the primary may answer: the node's name may lead to another server by then. */
function isForPrimary(node: NodeStatus, { target, position }: Route): boolean {
  return (target === 'primary' || position !== undefined) && node.role === 'primary' && !mustProve(node);
}

function withinLimits(ticket: ReadTicket): Promise<NodeAnswer> {
  const limits = RequestLimits.current();
  return limits ? cancelledBy(limits, ticket) : ticket.answer;
}

async function cancelledBy(limits: RequestLimits, ticket: ReadTicket): Promise<NodeAnswer> {
  const unwatch = limits.watch((error) => ticket.cancel(error));
  try {
    return await ticket.answer;
  } finally {
    unwatch();
  }
}
