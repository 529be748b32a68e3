import { h } from 'preact';
import { isHeld } from '../live/state.js';
import { Legend } from './legend.js';

/** The title, the legend and the switch that stops the picture. */
export function Header() {
  return h(
    'header',
    { class: 'header' },
    h(
      'div',
      null,
      h('h1', null, 'Read replicas, live'),
      h('p', { class: 'about' }, 'Where each statement goes, and why.'),
    ),
    h(Legend, null),
    h(
      'button',
      {
        type: 'button',
        class: 'button',
        'aria-pressed': isHeld.value,
        onClick: () => {
          isHeld.value = !isHeld.value;
        },
      },
      isHeld.value ? 'Let the dots go on' : 'Hold the dots',
    ),
  );
}
