import { h } from 'preact';
import { history } from '../live/state.js';
import { Panel } from '../ui/panel.js';
import { Graph } from './graph.js';

/** @import { HistoryPoint, NodePicture, NodePoint } from '../../contract' */

/**
 * Throughput and latency of each node over two minutes.
 *
 * @param {{ nodes: readonly NodePicture[] }} props
 */
export function Graphs({ nodes }) {
  const names = nodes.map(({ node }) => node);
  const points = history.value;
  return h(
    Panel,
    { title: 'Throughput and latency', className: 'graphs' },
    h(
      'ul',
      { class: 'legend', 'aria-label': 'Colours of the nodes' },
      names.map((name, index) =>
        h(
          'li',
          { key: name, 'data-color': index % 6 },
          h('span', { class: 'node-color', 'aria-hidden': 'true' }),
          name,
        ),
      ),
    ),
    h(
      'div',
      { class: 'columns even' },
      h(Graph, {
        title: 'Statements a second',
        names,
        data: [timesOf(points), ...seriesOf(points, names, ({ perSecond }) => perSecond)],
      }),
      h(Graph, {
        title: 'Latency in ms: p99, and p50 dashed',
        names,
        data: [
          timesOf(points),
          ...seriesOf(points, names, ({ p99Ms }) => p99Ms),
          ...seriesOf(points, names, ({ p50Ms }) => p50Ms),
        ],
      }),
    ),
  );
}

/** @param {readonly HistoryPoint[]} points */
function timesOf(points) {
  return points.map(({ atMs }) => atMs / 1_000);
}

/**
 * One series a node. What is unknown is a gap.
 *
 * @param {readonly HistoryPoint[]} points
 * @param {readonly string[]} names
 * @param {(point: NodePoint) => number | null} value
 */
function seriesOf(points, names, value) {
  return names.map((name) =>
    points.map(({ nodes }) => {
      const point = nodes[name];
      return point ? value(point) : null;
    }),
  );
}
