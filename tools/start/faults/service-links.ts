/** What a service's process is told, over its IPC channel: the ports of nodes that it must not reach. */
export interface CutPortsMessage {
  readonly cutPorts: readonly number[];
}

/** The network between the services and the nodes. */
export class ServiceLinks {
  readonly #cutPorts = new Set<number>();

  /** `tell`: sends the message to every service that runs. */
  constructor(private readonly tell: (message: CutPortsMessage) => void) {}

  /** For a service that has just started. */
  get message(): CutPortsMessage {
    return { cutPorts: [...this.#cutPorts] };
  }

  set(port: number, { isCut }: { isCut: boolean }): void {
    if (isCut) this.#cutPorts.add(port);
    else this.#cutPorts.delete(port);
    this.tell(this.message);
  }
}
