import { ConnectFailedError, ConnectionLostError, PoolEndedError } from 'db-routing';
import type { NodeFacts } from '../../../libs/db-routing/src/engine/engine';
import type { NodeAddress } from '../../../libs/db-routing/src/engine/node-address';
import type {
  Abandoned,
  Checkout,
  NodeConnections,
  NodePoolStats,
} from '../../../libs/db-routing/src/engine/node-connections';
import type {
  ExclusiveStatement,
  NodeAnswer,
  NodeRead,
  NodeStatement,
  ReadTicket,
} from '../../../libs/db-routing/src/engine/node-statement';
import type { ServerPosition } from '../../../libs/db-routing/src/engine/position';
import * as sql from '../world/sql';
import { SimClientPool } from './sim-client-pool';
import { ASK_POSITION, statementOf } from './exchange';
import type { SimConnection } from './sim-connection';
import { Lane, LaneRead } from './sim-lane';
import { type Client, LEADS_TO_REPLICA } from './client';
import { Wire } from './wire';

export interface SimNodeOptions {
  readonly client: Client;
  readonly maxConnections: number;
  readonly maxLanes: number;
  readonly acquireTimeoutMs: number;
}

/** The most reads on one lane while another may be opened. */
const CROWDED = 8;

/** The connections of one process to one node of the world. */
export class SimNode implements NodeConnections<SimConnection> {
  readonly #clients: SimClientPool;
  readonly #lanes: Lane[] = [];
  readonly #reads = new Map<LaneRead, Lane | undefined>();
  readonly #settled = (read: LaneRead): void => void this.#reads.delete(read);
  #opening = 0;
  #isEnded = false;

  constructor(
    readonly node: NodeAddress,
    private readonly facts: NodeFacts,
    private readonly options: SimNodeOptions,
  ) {
    this.#clients = new SimClientPool(node, facts, options);
  }

  get inUse(): number {
    return this.#clients.checkedOut.size + this.#clients.waiting + this.#reads.size;
  }

  get stats(): NodePoolStats {
    const busy = new Set(this.#reads.values());
    return {
      node: this.node.name,
      open: this.#clients.open,
      idle: this.#clients.idle,
      waiting: this.#clients.waiting,
      max: this.options.maxConnections,
      lanes: this.#lanes.length,
      laneReads: this.#reads.size,
      idleLanes: this.#lanes.filter((lane) => !busy.has(lane)).length,
      laneWaiting: [...this.#reads.values()].filter((lane) => lane === undefined).length,
    };
  }

  /** The connections that are checked out, for reports. */
  get held(): readonly string[] {
    return [...this.#clients.checkedOut].map(
      ({ wire, hasCursor, isGivenUp, lost }) =>
        `${this.node.name}, last statement ${wire.backend.last}; ${wire.inFlight} in flight, status ${wire.status}` +
        `${hasCursor ? ', cursor' : ''}${isGivenUp ? ', given up' : ''}${lost ? `, lost: ${lost.message}` : ''}`,
    );
  }

  start(read: NodeRead): ReadTicket {
    const ticket = new LaneRead(read, this.#settled);
    if (this.#isEnded) ticket.fail(new PoolEndedError());
    else if (statementOf(read.input as string, read.values).text === sql.SLOW_READ) void this.#alone(ticket);
    else {
      this.#reads.set(ticket, undefined);
      this.#run(ticket);
    }
    return ticket;
  }

  acquire(checkout?: Checkout): Promise<SimConnection> {
    return this.#clients.acquire(checkout);
  }

  ask(connection: SimConnection, statement: ExclusiveStatement): Promise<NodeAnswer> {
    return connection.ask(withPosition(statement));
  }

  async position(): Promise<ServerPosition | undefined> {
    const ticket = this.start({ input: ASK_POSITION.text, wantsPosition: true });
    return (await ticket.answer).position;
  }

  isTypical(_read: NodeRead, { isDelayed = false }: NodeAnswer): boolean {
    return !isDelayed;
  }

  abandon(what: Abandoned, why: Error): void {
    if (what !== 'waiting') this.#abandonReads(why);
    this.#clients.abandon(what, why);
  }

  #abandonReads(why: Error): void {
    const reads = [...this.#reads];
    for (const lane of this.#lanes.splice(0)) {
      lane.wire.owner = undefined;
      lane.wire.close(why);
    }
    for (const [ticket, lane] of reads) {
      ticket.fail(
        lane
          ? new ConnectionLostError(this.node.name, { cause: why })
          : new ConnectFailedError(this.node.name, why.message, { cause: why }),
      );
    }
  }

  async end(): Promise<void> {
    this.#isEnded = true;
    for (const ticket of [...this.#reads.keys()]) ticket.fail(new PoolEndedError());
    for (const lane of this.#lanes.splice(0)) {
      lane.wire.owner = undefined;
      lane.wire.close(new PoolEndedError());
    }
    this.#clients.end();
  }

  #run(ticket: LaneRead): void {
    const lane = this.#leastLoaded();
    if (
      lane &&
      (lane.wire.inFlight < CROWDED || this.#lanes.length + this.#opening >= this.options.maxLanes)
    ) {
      this.#reads.set(ticket, lane);
      lane.run(ticket);
    } else if (this.#opening === 0 || this.#lanes.length + this.#opening < this.options.maxLanes)
      this.#open();
  }

  #leastLoaded(): Lane | undefined {
    let best: Lane | undefined;
    for (const lane of this.#lanes) if (!best || lane.wire.inFlight < best.wire.inFlight) best = lane;
    return best;
  }

  #open(): void {
    const { client, acquireTimeoutMs } = this.options;
    this.#opening += 1;
    let isOver = false;
    const end = (go: () => void) => {
      if (isOver) return;
      isOver = true;
      this.#opening -= 1;
      timer.cancel();
      go();
    };
    const failed = (error: Error) => {
      if (error.message === LEADS_TO_REPLICA) this.facts.onStray();
      else this.facts.onFailure(error);
      for (const [ticket, lane] of [...this.#reads]) {
        if (!lane) ticket.fail(new ConnectFailedError(this.node.name, error.message, { cause: error }));
      }
    };
    const timer = client.clock.after(acquireTimeoutMs, () => end(() => failed(new Error('timeout expired'))));
    Wire.connect(client, this.node.host, (wire, error) => {
      if (isOver || this.#isEnded) wire?.close(new Error('too late'));
      end(() => {
        if (this.#isEnded) return;
        if (wire?.isOnStandby === true && !this.facts.isReplica()) {
          const why = new Error(LEADS_TO_REPLICA);
          wire.close(why);
          failed(why);
        } else if (wire) this.#opened(wire);
        else failed(error ?? new Error('no connection'));
      });
    });
  }

  #opened(wire: Wire): void {
    wire.backend.isReadOnlyByDefault = true;
    const lane = new Lane(this.node.name, wire);
    wire.owner = {
      onQuiet: () => undefined,
      onBroken: (error) => {
        const index = this.#lanes.indexOf(lane);
        if (index >= 0) this.#lanes.splice(index, 1);
        this.facts.onFailure(error);
      },
    };
    this.#lanes.push(lane);
    for (const [ticket, of] of [...this.#reads]) {
      if (of || ticket.isSettled) continue;
      this.#reads.set(ticket, lane);
      lane.run(ticket);
    }
  }

  /** A slow read has a connection of its own. */
  async #alone(ticket: LaneRead): Promise<void> {
    try {
      const connection = await this.#clients.acquire({ isSingle: true, isExpendable: true });
      try {
        if (ticket.isSettled) return;
        const read = { ...ticket.read, isWrite: false, isReadOnly: true, kind: undefined };
        const answer = await this.ask(connection, read);
        ticket.settle({ ...answer, isDelayed: true });
      } finally {
        connection.release();
      }
    } catch (error) {
      ticket.fail(error as Error);
    }
  }
}

/** The position says what the server is, too. */
function withPosition<S extends NodeStatement>(statement: S): S {
  const mustSay = statement.wantsPrimary === true || statement.wantsServer === true;
  return mustSay ? { ...statement, wantsPosition: true } : statement;
}
