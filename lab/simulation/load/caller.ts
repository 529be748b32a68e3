import { type Position, Session } from 'db-routing';
import { describeError } from '../../consistency/load/outcome';
import { readToken } from '../../consistency/load/read-token';
import type { HistoryLine, Observation, OperationLine, Outcome, Pair } from '../../consistency/history/lines';
import { WatchedTrace } from '../checks/watched-trace';
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

export type Operation = Pick<OperationLine, 'op' | 'level' | 'maxStalenessMs' | 'writes' | 'request'>;

export interface Ended {
  readonly outcome: Outcome;
  readonly error: unknown;
  readonly findings: Findings;
}

/** How an operation is done: with its own id and session. */
export type Work = (id: string) => Promise<Findings>;

/** One caller: it carries its token from request to request, whichever service answers. */
export class Caller {
  #token: string | undefined;
  #count = 0;

  constructor(
    readonly name: string,
    private readonly record: (line: HistoryLine) => void,
  ) {}

  nextId(): string {
    this.#count += 1;
    return `${this.name}.${this.#count}`;
  }

  /** Runs it as a request to the service, whose session starts where the last one's ended. */
  async perform(
    service: Service,
    operation: Operation,
    outcomeOf: (error: unknown) => Outcome,
    work: Work,
    id = this.nextId(),
  ): Promise<Ended> {
    const tokenIn = this.#token;
    const session = new Session(positionIn(service, tokenIn));
    const trace = new WatchedTrace(service.watch);
    const startMs = service.world.scheduler.nowMs;
    let findings: Findings = {};
    let outcome: Outcome = 'ok';
    let error: unknown;
    try {
      findings = await session.run(() => trace.record(() => work(id)));
      service.watch.writes.acknowledged(findings.written ?? [], findings.timeline);
    } catch (caught) {
      error = caught;
      service.watch.failed(caught);
      outcome = outcomeOf(caught);
    }
    const { position } = session;
    const tokenOut = position && service.tokens.sign(position, this.name);
    this.#token = tokenOut ?? this.#token;
    const { node, role, reason } = trace.entries.at(-1) ?? {};
    this.record({
      line: 'operation',
      id,
      session: this.name,
      phase: 'load',
      via: service.name,
      ...operation,
      ...(findings.written && { writes: findings.written.map(({ key, version }) => ({ key, version })) }),
      reads: (findings.rows ?? []).map(observed),
      pairs: twinsIn(findings.rows ?? []),
      tokenIn: readToken(tokenIn),
      tokenOut: readToken(tokenOut),
      node,
      // A statement that a replica refused has written on the primary.
      role: findings.role ?? (operation.writes.length > 0 ? undefined : role),
      reason,
      timeline: findings.timeline,
      startMs,
      endMs: service.world.scheduler.nowMs,
      outcome,
      error: error === undefined ? undefined : describeError(error),
    });
    return { outcome, error, findings };
  }
}

function positionIn({ tokens, parts, world }: Service, token: string | undefined): Position | undefined {
  if (token === undefined) return undefined;
  const opened = tokens.open(token, parts.nodes.systemId);
  if ('position' in opened) return opened.position;
  if (opened.objection !== 'expired') world.oracle.found('genuine-tokens-accepted', opened.objection);
  return undefined;
}

function observed({ key, version, writer }: Row): Observation {
  return writer === '' ? { key, version } : { key, version, writer };
}

/** Pairs of keys that are always written together, as one snapshot showed them. */
function twinsIn(rows: readonly Row[]): Pair[] {
  return rows.flatMap(({ key, version }) => {
    if (!key.endsWith('/left')) return [];
    const what = key.slice(0, -'/left'.length);
    const other = rows.find((row) => row.key === `${what}/right`);
    return other ? [{ what, values: [version, other.version] as const }] : [];
  });
}
