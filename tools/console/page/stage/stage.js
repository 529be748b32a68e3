import { h } from 'preact';
import { useRef } from 'preact/hooks';
import { history } from '../live/state.js';
import { Dots } from './dots.js';
import { NodeCard } from './node-card.js';

/** @import { ConsoleState } from '../../contract' */

/**
 * The picture: who asks, what routes, and the nodes, with lines and dots between them.
 *
 * @param {{ now: ConsoleState }} props
 */
export function Stage({ now }) {
  const stage = useRef(/** @type {HTMLDivElement | null} */ (null));
  return h(
    'section',
    { class: 'stage', 'aria-label': 'The way of the statements', ref: stage },
    h(
      'div',
      { class: 'stage-column' },
      h(
        'div',
        { class: 'actor', 'data-place': 'alice' },
        h('strong', null, 'Alice'),
        h('span', null, 'and other customers'),
      ),
    ),
    h(
      'div',
      { class: 'stage-column services' },
      now.services.map(({ name, isUp, problem }) =>
        h(
          'div',
          { key: name, class: `actor ${isUp ? '' : 'is-down'}`, 'data-place': name },
          h('strong', null, name),
          h('span', { class: isUp ? 'ok' : 'bad-text' }, isUp ? 'answers' : `does not answer: ${problem}`),
        ),
      ),
    ),
    h(
      'div',
      { class: 'stage-column' },
      h(
        'div',
        { class: 'actor routing', 'data-place': 'routing' },
        h('strong', null, 'routing'),
        h('span', null, 'in each service: what does it need, who has it, who is fit'),
      ),
    ),
    h(
      'div',
      { class: 'stage-column nodes' },
      now.nodes.map((node, index) =>
        h(NodeCard, { key: node.node, node, color: index, points: history.value }),
      ),
      now.nodes.length === 0 &&
        h('p', { class: 'about' }, 'No service answers, so nothing is known of the nodes.'),
      now.noPrimaryBecause !== null &&
        h('p', { class: 'message bad' }, `No primary: ${now.noPrimaryBecause}. Writes wait.`),
    ),
    h(Dots, { stage, nodes: now.nodes.map(({ node, state }) => ({ node, isUp: state === 'up' })) }),
  );
}
