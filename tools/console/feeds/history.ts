import type { HistoryPoint, NodePicture } from '../contract';

/** Two minutes, at two points a second. */
const MAX_POINTS = 240;

/** The last two minutes, for windows that open now. */
export class History {
  readonly #points: HistoryPoint[] = [];

  get points(): readonly HistoryPoint[] {
    return this.#points;
  }

  add(nodes: readonly NodePicture[]): HistoryPoint {
    const point = { atMs: Date.now(), nodes: Object.fromEntries(nodes.map(pointOf)) };
    this.#points.push(point);
    this.#points.splice(0, this.#points.length - MAX_POINTS);
    return point;
  }
}

function pointOf(picture: NodePicture): [string, HistoryPoint['nodes'][string]] {
  const { node, stalenessMs, readsPerSecond, writesPerSecond, p50Ms, p99Ms } = picture;
  return [node, { stalenessMs, perSecond: readsPerSecond + writesPerSecond, p50Ms, p99Ms }];
}
