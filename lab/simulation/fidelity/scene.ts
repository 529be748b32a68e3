import { type Session, sqlStateOf } from 'db-routing';
import { RouteTrace } from '../library';
import {
  type ClusterUnderTest,
  type Part,
  type ServiceUnderTest,
  type Tuning,
  until,
  type Versions,
} from './cluster-under-test';

/** What one step of a scenario came to: equal on both clusters, or the world is wrong about something. */
export interface Verdict {
  readonly step: string;
  /** `ok`, or the class of the error, with its SQLSTATE. */
  readonly outcome: string;
  readonly role?: string;
  readonly reason?: string;
  /** Where it matters which of the two replicas served. */
  readonly part?: Part;
  readonly versions?: Versions;
}

interface StepOptions {
  /** Whether only one server could have served. */
  readonly isNamed?: boolean;
  /** Whether the route is left out, because chance decides it. */
  readonly isRouteOpen?: boolean;
}

/** What a scenario works with: a cluster, sessions, and the verdicts so far. */
export class Scene {
  readonly verdicts: Verdict[] = [];

  constructor(
    readonly cluster: ClusterUnderTest,
    /** Keys that no other scenario uses; they have version 0. */
    readonly keys: readonly [string, string],
  ) {}

  get key(): readonly string[] {
    return [this.keys[0]];
  }

  /** A pool that finds all servers fit. */
  async service(tuning?: Tuning, aliases?: readonly Part[]): Promise<ServiceUnderTest> {
    const service = await this.cluster.service(tuning, aliases);
    await this.untilFit(service, 2);
    return service;
  }

  untilFit(service: ServiceUnderTest, replicas: number): Promise<void> {
    return until(
      this.cluster,
      `${replicas} replicas are fit`,
      () => service.topology.fitReplicas.length === replicas,
    );
  }

  /** Until the pool knows that its primary is this server, or that there is none. */
  untilPrimaryIs(service: ServiceUnderTest, part: Part | undefined): Promise<void> {
    return until(this.cluster, `the primary is ${String(part)}`, () => {
      const { primary } = service.topology;
      return (primary && this.cluster.partOf(primary.address.name)) === part;
    });
  }

  /** Runs one step in the session, and notes what it came to. */
  async step(
    step: string,
    session: Session,
    work: () => Promise<unknown>,
    { isNamed = false, isRouteOpen = false }: StepOptions = {},
  ): Promise<void> {
    const trace = new RouteTrace();
    let outcome = 'ok';
    let found: unknown;
    try {
      found = await session.run(() => trace.record(work));
    } catch (error) {
      outcome = nameOf(error);
    }
    const last = trace.entries.at(-1);
    const part = last && this.cluster.partOf(last.node);
    this.verdicts.push({
      step,
      outcome,
      ...(last && !isRouteOpen && { role: last.role, reason: last.reason }),
      ...(isNamed && part && { part }),
      ...(Array.isArray(found) && { versions: found as Versions }),
    });
  }

  /** Notes a fact that is no statement. */
  note(step: string, fact: string): void {
    this.verdicts.push({ step, outcome: fact });
  }
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const state = sqlStateOf(error);
  // The driver's own class says nothing that the SQLSTATE does not.
  const name = error.constructor.name === 'DatabaseError' ? 'DatabaseError' : error.name;
  return state === undefined ? name : `${name} ${state}`;
}
