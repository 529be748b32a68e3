import { h } from 'preact';
import { ask } from '../live/ask.js';
import { Panel } from '../ui/panel.js';

/** @import { ConsoleState, StaleScore } from '../../contract' */

/**
 * How many customers missed what they had just done, with the token and without it, side by side.
 *
 * @param {{ scores: ConsoleState['scores'] }} props
 */
export function Scores({ scores }) {
  return h(
    Panel,
    {
      title: 'Stale reads',
      about: 'Of an order that the same customer has just placed, by Alice and under load.',
    },
    h(
      'div',
      { class: 'scores' },
      h(Score, { label: 'without the token', score: scores.withoutToken, id: 'without' }),
      h(Score, { label: 'with the token', score: scores.withToken, id: 'with' }),
    ),
    h(
      'button',
      { type: 'button', class: 'button quiet', onClick: () => void ask('/scores/reset', {}) },
      'Count from zero',
    ),
  );
}

/** @param {{ label: string; score: StaleScore; id: string }} props */
function Score({ label, score, id }) {
  return h(
    'div',
    { class: `score ${score.stale > 0 ? 'is-stale' : ''}`, 'data-score': id },
    h('strong', null, score.stale.toLocaleString('en')),
    h('span', null, `of ${score.reads.toLocaleString('en')} reads ${label}`),
  );
}
