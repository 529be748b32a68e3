import { h } from 'preact';
import { formatMs, formatRate } from '../ui/format.js';
import { Sparkline } from './sparkline.js';

/** @import { HistoryPoint, NodeFaults, NodePicture } from '../../contract' */

/**
 * One node: its role, its state with the reason, its lag and what it does.
 *
 * @param {{ node: NodePicture; color: number; points: readonly HistoryPoint[] }} props
 */
export function NodeCard({ node, color, points }) {
  const { role, state, reason, stalenessMs, views, faults } = node;
  const badges = faultsOf(faults);
  return h(
    'article',
    { class: `node node-${role} state-${state}`, 'data-place': node.node, 'data-color': color % 6 },
    h(
      'div',
      { class: 'node-head' },
      h('h3', null, h('span', { class: 'node-color', 'aria-hidden': 'true' }), node.node),
      h('span', { class: 'role' }, role),
      h('span', { class: 'state' }, state),
    ),
    h('p', { class: 'reason' }, views.length === 0 ? reason : views.map(sayView).join(' · ')),
    h(
      'div',
      { class: 'node-body' },
      h(
        'dl',
        { class: 'numbers' },
        number('lag', role === 'primary' ? 'none' : formatMs(stalenessMs)),
        number('reads/s', formatRate(node.readsPerSecond)),
        number('writes/s', formatRate(node.writesPerSecond)),
        number('connections', String(node.connections)),
      ),
      h(Sparkline, { node: node.node, points }),
    ),
    badges.length > 0 &&
      h(
        'ul',
        { class: 'badges', 'aria-label': 'Faults' },
        badges.map((badge) => h('li', { key: badge }, badge)),
      ),
  );
}

/** @param {string} label @param {string} value */
function number(label, value) {
  return h('div', { key: label }, h('dt', null, label), h('dd', null, value));
}

/** @param {NodePicture['views'][number]} view */
function sayView({ service, role, state, reason }) {
  return `${service}: ${role}, ${state}, ${reason}`;
}

/** @param {NodeFaults | null} faults */
function faultsOf(faults) {
  if (!faults) return [];
  return [
    !faults.isRunning && 'killed or stopped',
    faults.isFrozen && 'frozen',
    faults.isPaused && 'replay paused',
    faults.delayMs > 0 && `delayed by ${formatMs(faults.delayMs)}`,
    faults.isCutFromServices && 'cut from the services',
    faults.isCutFromPrimary && 'cut from the primary',
  ].filter((badge) => badge !== false);
}
