import { Way, wirePath } from './geometry.js';

/** @import { Box } from './geometry.js' */

const SVG = 'http://www.w3.org/2000/svg';

/** The lines between the boxes of the stage, which follow the boxes in any layout. */
export class Wires {
  /** @type {Map<string, SVGPathElement>} */
  #wires = new Map();
  /** @type {Map<string, Way>} */
  #ways = new Map();

  /** @param {HTMLElement} stage @param {SVGGElement} group */
  constructor(stage, group) {
    this.stage = stage;
    this.group = group;
  }

  /**
   * Draws every line again.
   *
   * @param {readonly string[]} services
   * @param {readonly { readonly node: string; readonly isUp: boolean }[]} nodes
   */
  layOut(services, nodes) {
    this.#ways.clear();
    const drawn = new Set([
      ...services.flatMap((service) => [this.#draw('alice', service), this.#draw(service, 'routing')]),
      ...nodes.map(({ node, isUp }) => this.#draw('routing', node, { isNode: true, isUp })),
    ]);
    for (const [key, wire] of this.#wires) {
      if (drawn.has(key)) continue;
      wire.remove();
      this.#wires.delete(key);
    }
  }

  /** @param {string} service @param {string} node */
  way(service, node) {
    const key = `${service}>${node}`;
    let way = this.#ways.get(key);
    if (way) return way;
    const wires = [`alice>${service}`, `${service}>routing`, `routing>${node}`].flatMap(
      (name) => this.#wires.get(name) ?? [],
    );
    if (wires.length < 3) return undefined;
    way = new Way(wires);
    this.#ways.set(key, way);
    return way;
  }

  /** @param {string} from @param {string} to @param {{ isNode: boolean; isUp: boolean }} kind */
  #draw(from, to, kind = { isNode: false, isUp: true }) {
    const key = `${from}>${to}`;
    const [a, b] = [this.#boxOf(from), this.#boxOf(to)];
    if (!a || !b) return key;
    let wire = this.#wires.get(key);
    if (!wire) {
      wire = document.createElementNS(SVG, 'path');
      this.group.append(wire);
      this.#wires.set(key, wire);
    }
    wire.setAttribute('d', wirePath(a, b, kind));
    wire.setAttribute('class', kind.isUp ? 'wire' : 'wire is-broken');
    return key;
  }

  /** @param {string} place @returns {Box | undefined} */
  #boxOf(place) {
    const element = this.stage.querySelector(`[data-place="${CSS.escape(place)}"]`);
    if (!element) return undefined;
    const own = element.getBoundingClientRect();
    const { left, top } = this.stage.getBoundingClientRect();
    return { left: own.left - left, top: own.top - top, right: own.right - left, bottom: own.bottom - top };
  }
}
