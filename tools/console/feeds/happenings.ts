import type { Happening, NodePicture, ServicePicture } from '../contract';

const MAX_KEPT = 40;

/** Tells what has changed from one picture to the next: nodes that leave, return or are promoted. */
export class Happenings {
  readonly #kept: Happening[] = [];
  #nodes = new Map<string, NodePicture>();
  #services = new Map<string, ServicePicture>();
  #count = 0;

  get all(): readonly Happening[] {
    return this.#kept;
  }

  compare(services: readonly ServicePicture[], nodes: readonly NodePicture[]): void {
    for (const service of services) this.#compareService(this.#services.get(service.name), service);
    this.#services = new Map(services.map((service) => [service.name, service]));
    // While no service answers, nothing is known of the nodes.
    if (nodes.length === 0) return;
    for (const node of nodes) this.#compareNode(this.#nodes.get(node.node), node);
    this.#nodes = new Map(nodes.map((node) => [node.node, node]));
  }

  note(text: string, tone: Happening['tone'] = 'plain'): void {
    this.#count += 1;
    this.#kept.push({ id: this.#count, atMs: Date.now(), text, tone });
    this.#kept.splice(0, this.#kept.length - MAX_KEPT);
  }

  #compareService(before: ServicePicture | undefined, now: ServicePicture): void {
    if (before?.isUp === true && !now.isUp) this.note(`${now.name} does not answer: ${now.problem}`, 'bad');
    if (before?.isUp === false && now.isUp) this.note(`${now.name} answers`, 'good');
  }

  #compareNode(before: NodePicture | undefined, now: NodePicture): void {
    if (!before) return;
    if (before.role !== now.role && now.role === 'primary')
      this.note(`${now.node} is the primary now`, 'good');
    if (before.role === 'primary' && now.role === 'replica') this.note(`${now.node} is a replica now`);
    if (before.state === now.state) return;
    if (now.state === 'up') this.note(`${now.node} is back: ${now.reason}`, 'good');
    else if (before.state === 'up') this.note(`${now.node} has left, ${now.state}: ${now.reason}`, 'bad');
  }
}
