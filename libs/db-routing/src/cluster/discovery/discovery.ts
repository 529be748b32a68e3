import type { Clock, Timer } from '../../clock';
import { isSocket, type NodeAddress } from '../../engine/node-address';
import type { Lookup } from './lookup';

/**
 * `static`: the hosts of the URL are the nodes. `dns`: each host stands for all of its addresses (a headless
 * Service of Kubernetes). `srv`: each host is an SRV name, whose targets are the nodes.
 */
export const DISCOVERY_MODES = ['static', 'dns', 'srv'] as const;

export type DiscoveryMode = (typeof DISCOVERY_MODES)[number];

export interface DiscoveryOptions {
  readonly mode: DiscoveryMode;
  readonly listed: readonly NodeAddress[];
  readonly lookup: Lookup;
  readonly clock: Clock;
  /** How often names are resolved again, in milliseconds. */
  readonly intervalMs: number;
  readonly onFound: (nodes: readonly NodeAddress[]) => void;
  readonly onError: (error: Error) => void;
}

/** Finds the nodes, and keeps looking for nodes that come and go. */
export class Discovery {
  #timer: Timer | undefined;
  #found: readonly NodeAddress[] = [];

  constructor(private readonly options: DiscoveryOptions) {}

  /**
   * Resolves the listed names to the current nodes. A name that does not resolve keeps its nodes, which may
   * well be alive.
   */
  async look(): Promise<readonly NodeAddress[]> {
    const { mode, listed } = this.options;
    if (mode === 'static') return listed;
    const found = await Promise.all(listed.map((node) => this.#resolve(node)));
    this.#found = withoutDuplicates(found.flat()).sort((a, b) => a.name.localeCompare(b.name));
    return this.#found;
  }

  /** Looks again every `intervalMs` and calls `onFound` with the result. */
  start(): void {
    if (this.options.mode === 'static') return;
    const { clock, intervalMs, onFound } = this.options;
    this.#timer = clock.after(
      intervalMs,
      () => {
        void this.look()
          .then(onFound)
          .finally(() => {
            if (this.#timer) this.start();
          });
      },
      { keepAlive: false },
    );
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  async #resolve(listed: NodeAddress): Promise<NodeAddress[]> {
    const { mode, lookup, onError } = this.options;
    // The path of a socket is not a name to resolve.
    if (isSocket(listed.host)) return [listed];
    try {
      const targets = mode === 'srv' ? await lookup.services(listed.host) : [listed];
      const nodes = await Promise.all(
        targets.map(async ({ host, port }) =>
          (await lookup.addresses(host)).map((address) => ({
            ...nodeAt(address, port, listed),
            ...(host !== listed.host && { serverName: host }),
          })),
        ),
      );
      if (nodes.flat().length > 0) return nodes.flat();
      throw new Error('it resolves to no address');
    } catch (error) {
      onError(new Error(`cannot resolve '${listed.host}': ${(error as Error).message}`, { cause: error }));
      return this.#found.filter((node) =>
        [node, ...(node.otherNames ?? [])].some(({ listedAs }) => listedAs === listed.host),
      );
    }
  }
}

/**
 * Merges names that resolve to one address into one node; what is configured for either name applies to it.
 */
function withoutDuplicates(found: readonly NodeAddress[]): NodeAddress[] {
  const unique = new Map<string, NodeAddress>();
  for (const node of found) {
    const known = unique.get(node.name);
    const { otherNames = [] } = known ?? node;
    const isNew = known && ![known, ...otherNames].some(({ entry }) => entry === node.entry);
    if (!known) unique.set(node.name, node);
    else if (isNew) unique.set(node.name, { ...known, otherNames: [...otherNames, node] });
  }
  return [...unique.values()];
}

function nodeAt(address: string, port: number, listed: NodeAddress): NodeAddress {
  const host = address.includes(':') ? `[${address}]` : address;
  return { name: `${host}:${port}`, host: address, port, listedAs: listed.host, entry: listed.name };
}
