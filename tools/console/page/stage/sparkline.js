import { h } from 'preact';
import { formatMs } from '../ui/format.js';

/** @import { HistoryPoint } from '../../contract' */

const WIDTH = 120;
const HEIGHT = 32;
const SPAN_MS = 120_000;
/** A lag below this is drawn at the bottom: probes alone are half a second apart. */
const MIN_TOP_MS = 2_000;

/**
 * The lag over two minutes. What is unknown is a gap.
 *
 * @param {{ node: string; points: readonly HistoryPoint[] }} props
 */
export function Sparkline({ node, points }) {
  const lags = points.map(({ atMs, nodes }) => ({ atMs, lagMs: nodes[node]?.stalenessMs ?? null }));
  const topMs = Math.max(MIN_TOP_MS, ...lags.map(({ lagMs }) => lagMs ?? 0));
  const nowMs = points.at(-1)?.atMs ?? 0;
  let path = '';
  let isDrawing = false;
  for (const { atMs, lagMs } of lags) {
    if (lagMs !== null) {
      const x = WIDTH - ((nowMs - atMs) / SPAN_MS) * WIDTH;
      const y = HEIGHT - 1 - (lagMs / topMs) * (HEIGHT - 3);
      path += `${isDrawing ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`;
    }
    isDrawing = lagMs !== null;
  }
  return h(
    'figure',
    { class: 'sparkline' },
    h(
      'svg',
      {
        viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
        preserveAspectRatio: 'none',
        role: 'img',
        'aria-label': `Lag of ${node} over two minutes, at most ${formatMs(topMs)}`,
      },
      h('path', { d: path }),
    ),
    h('figcaption', null, `lag, 2 min, top ${formatMs(topMs)}`),
  );
}
