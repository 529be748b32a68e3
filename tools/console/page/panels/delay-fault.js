import { h } from 'preact';
import { useState } from 'preact/hooks';

const DEFAULT_DELAY_MS = 2_000;
const MAX_DELAY_MS = 60_000;

/**
 * Delays what a replica shows, by as many milliseconds as given.
 *
 * @param {{ node: string; delayMs: number; apply: (request: object) => Promise<void> }} props
 */
export function DelayFault({ node, delayMs, apply }) {
  const [wantedMs, setWantedMs] = useState(DEFAULT_DELAY_MS);
  const isOn = delayMs > 0;
  return h(
    'span',
    { class: 'delay' },
    h(
      'button',
      {
        type: 'button',
        class: 'button small',
        'aria-pressed': isOn,
        onClick: () => void apply({ fault: 'delay', node, delayMs: isOn ? 0 : wantedMs }),
      },
      'Delay by',
    ),
    h('input', {
      type: 'number',
      min: 1,
      max: MAX_DELAY_MS,
      step: 100,
      value: isOn ? delayMs : wantedMs,
      disabled: isOn,
      'aria-label': `Delay of ${node} in milliseconds`,
      onInput: (/** @type {Event} */ { currentTarget }) =>
        setWantedMs(/** @type {HTMLInputElement} */ (currentTarget).valueAsNumber),
    }),
    ' ms',
  );
}
