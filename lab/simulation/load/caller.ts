import { acceptConsistencyToken, currentConsistencyToken, type Position, Session } from 'db-routing';
import { describeError } from '../../consistency/load/outcome';
import type {
  HistoryLine,
  Observation,
  OperationLine,
  Outcome,
  Pair,
  TokenPosition,
} from '../../consistency/history/lines';
import type { RouteEntry } from '../../../libs/db-routing/src/routing/route-trace';
import { WatchedTrace } from '../checks/watched-trace';
import { ambientAttributes, ambientWith, lsnOf, TokenCarrier } from '../library';
import type { Row } from '../world/statement';
import type { Service } from './service';

/** What an operation has found. */
export interface Findings {
  readonly written?: readonly Row[];
  readonly rows?: readonly Row[];
  /** The timeline on which its last statement ran. */
  readonly timeline?: number | undefined;
  /** What the server was on which it wrote. */
  readonly role?: 'primary' | 'replica';
}

export type Operation = Pick<OperationLine, 'op' | 'level' | 'maxStalenessMs' | 'writes' | 'request'> & {
  /** Called when one of its statements is sent to a node. */
  readonly onRoute?: (entry: RouteEntry) => void;
};

export interface Ended {
  readonly outcome: Outcome;
  readonly error: unknown;
  readonly findings: Findings;
}

/** How an operation is done: with its own id and session. */
export type Work = (id: string) => Promise<Findings>;

/** After so many requests, a caller brings a token that is not its own. */
const REQUESTS_PER_THEFT = 8;
/** After so many requests, the token comes twice. */
const REQUESTS_PER_MESSAGE = 5;

/** What a response tells of its statements; see RouteTrace. */
const ROUTE_HEADER =
  /^(?:(?:, )?node=[a-z0-9]+:\d+;role=(?:primary|replica);reason=[a-z0-9-]+;staleness=(?:\d+|unknown))*$/;

/** One caller: it carries its token from request to request, whichever service answers. */
export class Caller {
  #token: string | undefined;
  #session = new Session();
  #count = 0;
  #requests = 0;
  /** The last position, which the next operation often begins with, as the history tells it. */
  #told: { readonly position: Position; readonly token: TokenPosition } | undefined;

  constructor(
    readonly name: string,
    private readonly record: (line: HistoryLine) => void,
  ) {}

  nextId(): string {
    this.#count += 1;
    return `${this.name}.${this.#count}`;
  }

  /** One request, whose session starts where the last one's ended: as the Nest module opens it. */
  request(service: Service, work: () => Promise<unknown>): Promise<void> {
    const { tokens, parts, world } = service;
    const carrier = new TokenCarrier(tokens, undefined, parts.nodes.systemId);
    const opened = this.#token === undefined ? undefined : carrier.open(this.#token);
    if (opened && 'objection' in opened && opened.objection !== 'expired') {
      world.oracle.found('genuine-tokens-accepted', `${this.name} by ${service.name}: ${opened.objection}`);
    }
    const given = opened && 'position' in opened ? opened : undefined;
    const session = (this.#session = new Session(given?.position));
    const enter = ambientWith([carrier.ambient, ambientAttributes({}), session.ambient]);
    // The guards of the service identify the caller.
    carrier.bindTo(this.name);
    if (given && !carrier.accepts(given, this.#token ?? ''))
      world.oracle.found('genuine-tokens-accepted', `${this.name} by ${service.name}: foreign`);
    this.#requests += 1;
    if (this.#requests % REQUESTS_PER_THEFT === 0) this.#bringForeign(service, carrier);
    // The same token may come a second time, with a message. Most requests must do with the first.
    if (this.#token !== undefined && given && this.#requests % REQUESTS_PER_MESSAGE === 0)
      enter(() => acceptConsistencyToken(this.#token ?? ''));
    return enter(work).then(() => {
      this.#token = enter(currentConsistencyToken) ?? this.#token;
      if (this.#token !== undefined) service.lastToken = { subject: this.name, token: this.#token };
    });
  }

  /** A token of another caller is refused, and leaves nothing in the session that began with it. */
  #bringForeign({ lastToken, world }: Service, carrier: InstanceType<typeof TokenCarrier>): void {
    if (!lastToken || lastToken.subject === this.name) return;
    const opened = carrier.open(lastToken.token);
    if (!('position' in opened)) return;
    const session = new Session(opened.position);
    if (!carrier.accepts(opened, lastToken.token)) session.disown(opened.position, undefined);
    if (session.position || session.wasAhead || session.of('another cluster').position)
      world.oracle.found('tokens-have-owners', `${this.name} used a token of ${lastToken.subject}`);
  }

  /** Runs one operation of the request. */
  perform(
    service: Service,
    operation: Operation,
    outcomeOf: (error: unknown) => Outcome,
    work: Work,
  ): Promise<Ended> {
    const id = this.nextId();
    const session = this.#session;
    const { scheduler } = service.world;
    const tokenIn = this.#tokenOf(session.position);
    const { stoodStillMs } = service.clock;
    const trace = new WatchedTrace(service.watch, operation.onRoute);
    const startMs = scheduler.nowMs;
    const end = (findings: Findings, outcome: Outcome, error?: unknown): Ended => {
      trace.end();
      if (!ROUTE_HEADER.test(trace.toString()))
        service.world.oracle.found('routes-are-told', `${id}: ${trace.toString()}`);
      const { node, role, reason } = trace.entries.at(-1) ?? {};
      const { written, rows = [] } = findings;
      this.record({
        line: 'operation',
        id,
        session: this.name,
        phase: 'load',
        via: service.name,
        op: operation.op,
        level: operation.level,
        maxStalenessMs: operation.maxStalenessMs,
        stoodStillMs: stoodStillMs || undefined,
        request: operation.request,
        writes: written ? written.map(({ key, version }) => ({ key, version })) : operation.writes,
        reads: rows.map(observed),
        pairs: rows.length > 1 ? twinsIn(rows) : [],
        tokenIn,
        tokenOut: this.#tokenOf(session.position),
        node,
        // A statement that a replica refused has written on the primary.
        role: findings.role ?? (operation.writes.length > 0 ? undefined : role),
        reason,
        timeline: findings.timeline,
        startMs,
        endMs: scheduler.nowMs,
        outcome,
        error: error === undefined ? undefined : describeError(error),
      });
      return { outcome, error, findings };
    };
    const failed = (error: unknown): Ended => {
      service.watch.failed(error);
      return end({}, outcomeOf(error), error);
    };
    try {
      return trace
        .record(() => work(id))
        .then((findings) => {
          service.watch.writes.acknowledged(findings.written ?? [], findings.timeline);
          return end(findings, 'ok');
        }, failed);
    } catch (error) {
      return Promise.resolve(failed(error));
    }
  }

  #tokenOf(position: Position | undefined): TokenPosition | undefined {
    if (!position) return undefined;
    if (this.#told?.position !== position) {
      const token = { timeline: position.timeline, lsn: String(lsnOf(position.log)) };
      this.#told = { position, token };
    }
    return this.#told.token;
  }
}

function observed({ key, version, writer }: Row): Observation {
  return writer === '' ? { key, version } : { key, version, writer };
}

const LEFT = '/left';

/** Pairs of keys that are always written together, as one snapshot showed them. */
function twinsIn(rows: readonly Row[]): Pair[] {
  const pairs: Pair[] = [];
  for (const { key, version } of rows) {
    if (!key.endsWith(LEFT)) continue;
    const what = key.slice(0, -LEFT.length);
    const right = `${what}/right`;
    const other = rows.find((row) => row.key === right);
    if (other) pairs.push({ what, values: [version, other.version] });
  }
  return pairs;
}
