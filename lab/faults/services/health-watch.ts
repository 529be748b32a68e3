import { WaitTimeoutError } from '@app/postgres-cluster';

/** What one service reports about one node. */
export interface NodeSighting {
  readonly role: string;
  readonly state: string;
  readonly reason: string;
}

/** What one service reports about all nodes. */
export type Sighting = ReadonlyMap<string, NodeSighting>;

interface Change extends NodeSighting {
  readonly atMs: number;
  readonly service: string;
  readonly node: string;
}

const POLL_MS = 50;
const POLL_DEADLINE_MS = 1_000;

/** Polls `/health` of the services, and records when their report about a node changed. */
export class HealthWatch {
  readonly #latest = new Map<string, Map<string, NodeSighting>>();
  readonly #changes: Change[] = [];
  #isStopped = false;

  constructor(private readonly services: readonly string[]) {}

  start(): void {
    for (const service of this.services) void this.#watch(service);
  }

  stop(): void {
    this.#isStopped = true;
  }

  /**
   * The delay from `sinceMs` until the last service reports what `isSo` expects of the node; undefined when
   * that takes longer than `timeoutMs`.
   */
  async delayUntil(
    node: string,
    sinceMs: number,
    timeoutMs: number,
    isSo: (seen: NodeSighting) => boolean,
  ): Promise<number | undefined> {
    const found = () => this.services.map((service) => this.#firstAfter(service, node, sinceMs, isSo));
    const deadlineMs = sinceMs + timeoutMs;
    while (found().includes(undefined) && performance.now() < deadlineMs) await pause(POLL_MS);
    const times = found();
    if (times.some((time) => time === undefined)) return undefined;
    return Math.max(0, ...times.map((time) => (time ?? 0) - sinceMs));
  }

  /** When both have dropped it: in any state but up. */
  left(node: string, sinceMs: number, timeoutMs: number): Promise<number | undefined> {
    return this.delayUntil(node, sinceMs, timeoutMs, ({ state }) => state !== 'up');
  }

  returned(node: string, sinceMs: number, timeoutMs: number): Promise<number | undefined> {
    return this.delayUntil(node, sinceMs, timeoutMs, ({ state }) => state === 'up');
  }

  /** @throws WaitTimeoutError with their last reports */
  async until(what: string, timeoutMs: number, isSo: (sighting: Sighting) => boolean): Promise<void> {
    const deadlineMs = performance.now() + timeoutMs;
    for (;;) {
      const all = this.services.map(
        (service) => this.#latest.get(service) ?? new Map<string, NodeSighting>(),
      );
      if (all.every(isSo)) return;
      if (performance.now() > deadlineMs) {
        const said = all.map((seen) => JSON.stringify(Object.fromEntries(seen))).join(' | ');
        throw new WaitTimeoutError(`${what}; the services report ${said}`, timeoutMs);
      }
      await pause(POLL_MS);
    }
  }

  /** The reports about a node after `sinceMs`: each state once, with its reason. */
  statesSince(node: string, sinceMs: number): NodeSighting[] {
    return this.#changes.filter((change) => change.node === node && change.atMs >= sinceMs);
  }

  #firstAfter(
    service: string,
    node: string,
    sinceMs: number,
    isSo: (seen: NodeSighting) => boolean,
  ): number | undefined {
    const own = this.#changes.filter((change) => change.service === service && change.node === node);
    const before = own.findLast((change) => change.atMs <= sinceMs);
    if (before !== undefined && isSo(before)) return sinceMs;
    return own.find((change) => change.atMs > sinceMs && isSo(change))?.atMs;
  }

  async #watch(service: string): Promise<void> {
    while (!this.#isStopped) {
      try {
        const response = await fetch(`${service}/health`, { signal: AbortSignal.timeout(POLL_DEADLINE_MS) });
        this.#note(service, (await response.json()) as HealthBody);
      } catch {
        // A service that is busy or gone reports nothing, and nothing is concluded from that.
      }
      await pause(POLL_MS);
    }
  }

  #note(service: string, { details }: HealthBody): void {
    const latest = this.#latest.get(service) ?? new Map<string, NodeSighting>();
    this.#latest.set(service, latest);
    for (const [node, { role, state, reason }] of Object.entries(details?.database?.nodes ?? {})) {
      const before = latest.get(node);
      latest.set(node, { role, state, reason });
      if (before?.state === state && before.role === role) continue;
      this.#changes.push({ atMs: performance.now(), service, node, role, state, reason });
    }
  }
}

interface HealthBody {
  readonly details?: { readonly database?: { readonly nodes?: Readonly<Record<string, NodeSighting>> } };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
