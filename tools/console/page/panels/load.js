import { h } from 'preact';
import { ask } from '../live/ask.js';
import { Panel } from '../ui/panel.js';

/** @import { LoadPicture } from '../../contract' */

/**
 * How many customers read and order at a time.
 *
 * @param {{ load: LoadPicture }} props
 */
export function Load({ load }) {
  const { readers, orderers, maxReaders, maxOrderers, answered, failed, lastFailure } = load;
  return h(
    Panel,
    { title: 'Load', about: 'Orderers read each order back, with the token and without, and cancel it.' },
    h(Slider, {
      label: 'readers',
      value: readers,
      max: maxReaders,
      onChange: (value) => void ask('/load', { readers: value }),
    }),
    h(Slider, {
      label: 'orderers',
      value: orderers,
      max: maxOrderers,
      onChange: (value) => void ask('/load', { orderers: value }),
    }),
    h(
      'p',
      { class: 'about' },
      `${answered.toLocaleString('en')} answered, ${failed.toLocaleString('en')} failed`,
    ),
    lastFailure !== null && h('p', { class: 'about' }, `last failure: ${lastFailure}`),
  );
}

/** @param {{ label: string; value: number; max: number; onChange: (value: number) => void }} props */
function Slider({ label, value, max, onChange }) {
  return h(
    'label',
    { class: 'slider' },
    h('span', null, label),
    h('input', {
      type: 'range',
      'aria-label': label,
      min: 0,
      max,
      value,
      onChange: (/** @type {Event} */ { currentTarget }) =>
        onChange(/** @type {HTMLInputElement} */ (currentTarget).valueAsNumber),
    }),
    h('output', null, String(value)),
  );
}
