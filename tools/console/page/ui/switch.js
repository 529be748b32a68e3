import { h } from 'preact';

/** @param {{ label: string; isOn: boolean; onChange: (isOn: boolean) => void }} props */
export function Switch({ label, isOn, onChange }) {
  return h(
    'button',
    { type: 'button', role: 'switch', class: 'switch', 'aria-checked': isOn, onClick: () => onChange(!isOn) },
    h('span', { class: 'switch-track', 'aria-hidden': 'true' }),
    `${label} ${isOn ? 'on' : 'off'}`,
  );
}
