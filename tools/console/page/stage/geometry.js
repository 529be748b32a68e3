/** @typedef {{ readonly x: number; readonly y: number }} Point */
/** @typedef {Pick<DOMRect, 'left' | 'top' | 'right' | 'bottom'>} Box */

/** How far from the left edge of the stage a wire runs down to the nodes, on a narrow page. */
const GUTTER_PX = 10;

/**
 * The curve from one box to the next: to the right where there is room, else downwards. A wire to a node goes
 * around the other nodes above it.
 *
 * @param {Box} from
 * @param {Box} to
 * @param {{ isNode: boolean }} kind
 */
export function wirePath(from, to, { isNode }) {
  if (to.left >= from.right) {
    const [start, end] = [right(from), left(to)];
    const middle = (start.x + end.x) / 2;
    return `M${start.x} ${start.y}C${middle} ${start.y} ${middle} ${end.y} ${end.x} ${end.y}`;
  }
  if (isNode) {
    const [start, end] = [{ x: from.left + 24, y: from.bottom }, left(to)];
    const turn = start.y + 12;
    return `M${start.x} ${start.y}Q${start.x} ${turn} ${GUTTER_PX + 12} ${turn}Q${GUTTER_PX} ${turn} ${GUTTER_PX} ${turn + 12}V${end.y - 10}Q${GUTTER_PX} ${end.y} ${end.x} ${end.y}`;
  }
  const [start, end] = [bottom(from), top(to)];
  const middle = (start.y + end.y) / 2;
  return `M${start.x} ${start.y}C${start.x} ${middle} ${end.x} ${middle} ${end.x} ${end.y}`;
}

/** @param {Box} box @returns {Point} */
const left = (box) => ({ x: box.left, y: (box.top + box.bottom) / 2 });
/** @param {Box} box @returns {Point} */
const right = (box) => ({ x: box.right, y: (box.top + box.bottom) / 2 });
/** @param {Box} box @returns {Point} */
const top = (box) => ({ x: (box.left + box.right) / 2, y: box.top });
/** @param {Box} box @returns {Point} */
const bottom = (box) => ({ x: (box.left + box.right) / 2, y: box.bottom });

const POINTS_PER_WIRE = 40;

/** A way that a dot travels: points, and how far along the way each is. */
export class Way {
  /** @type {readonly Point[]} */
  #points;
  /** @type {readonly number[]} */
  #distances;

  /** @param {readonly SVGPathElement[]} wires */
  constructor(wires) {
    this.#points = wires.flatMap((wire) => {
      const length = wire.getTotalLength();
      return Array.from({ length: POINTS_PER_WIRE + 1 }, (_, index) =>
        wire.getPointAtLength((length * index) / POINTS_PER_WIRE),
      );
    });
    let distance = 0;
    this.#distances = this.#points.map((point, index) => {
      const before = this.#points[index - 1] ?? point;
      distance += Math.hypot(point.x - before.x, point.y - before.y);
      return distance;
    });
  }

  /**
   * The point at this share of the way, from 0 to 1.
   *
   * @param {number} share
   * @returns {Point}
   */
  at(share) {
    const wanted = share * (this.#distances.at(-1) ?? 0);
    const index = Math.max(
      1,
      this.#distances.findIndex((distance) => distance >= wanted),
    );
    const [a, b] = [this.#points[index - 1], this.#points[index]];
    if (!a || !b) return a ?? b ?? { x: 0, y: 0 };
    const [from = 0, to = 0] = [this.#distances[index - 1], this.#distances[index]];
    const part = to > from ? (wanted - from) / (to - from) : 1;
    return { x: a.x + (b.x - a.x) * part, y: a.y + (b.y - a.y) * part };
  }
}
