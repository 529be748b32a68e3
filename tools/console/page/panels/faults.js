import { h } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from '../live/ask.js';
import { Panel } from '../ui/panel.js';
import { DelayFault } from './delay-fault.js';

/** @import { NodeFaults, NodePicture } from '../../contract' */

/**
 * A fault that can be switched on and off, by its name and the name of its opposite.
 *
 * @typedef {object} Toggle
 * @property {string} on
 * @property {string} off
 * @property {string} label
 * @property {(faults: NodeFaults) => boolean} isOn
 * @property {boolean} [forReplicas]
 */

/** @type {readonly Toggle[]} */
const TOGGLES = [
  { on: 'pause', off: 'resume', label: 'Pause replay', isOn: ({ isPaused }) => isPaused, forReplicas: true },
  { on: 'freeze', off: 'thaw', label: 'Freeze', isOn: ({ isFrozen }) => isFrozen },
  { on: 'kill', off: 'bring-back', label: 'Kill', isOn: ({ isRunning }) => !isRunning },
  {
    on: 'cut-services',
    off: 'join-services',
    label: 'Cut from the services',
    isOn: ({ isCutFromServices }) => isCutFromServices,
  },
  {
    on: 'cut-primary',
    off: 'join-primary',
    label: 'Cut from the primary',
    isOn: ({ isCutFromPrimary }) => isCutFromPrimary,
    forReplicas: true,
  },
];

/**
 * Faults at a click, node by node, and one button that undoes all of them.
 *
 * @param {{ nodes: readonly NodePicture[] }} props
 */
export function Faults({ nodes }) {
  const [busy, setBusy] = useState('');
  const apply = async (/** @type {object} */ request) => {
    setBusy('Applying …');
    await ask('/faults', request);
    setBusy('');
  };
  return h(
    Panel,
    { title: 'Faults', about: 'They happen to the real servers of npm start.' },
    h(
      'div',
      { class: 'fault-rows' },
      nodes.flatMap(({ node, faults }) => (faults ? [h(NodeRow, { key: node, node, faults, apply })] : [])),
    ),
    h(
      'div',
      { class: 'row' },
      h(
        'button',
        { type: 'button', class: 'button primary', onClick: () => void apply({ fault: 'undo-all' }) },
        'Undo all faults',
      ),
      h('span', { class: 'about', role: 'status' }, busy),
    ),
  );
}

/** @param {{ node: string; faults: NodeFaults; apply: (request: object) => Promise<void> }} props */
function NodeRow({ node, faults, apply }) {
  const isReplica = faults.role === 'replica';
  const toggles = TOGGLES.filter(({ forReplicas }) => isReplica || forReplicas !== true);
  return h(
    'fieldset',
    { class: 'fault-row' },
    h('legend', null, node, ' ', h('span', { class: 'about' }, faults.role)),
    toggles.map(({ on, off, label, isOn }) =>
      h(
        'button',
        {
          key: on,
          type: 'button',
          class: 'button small',
          'aria-pressed': isOn(faults),
          onClick: () => void apply({ fault: isOn(faults) ? off : on, node }),
        },
        on === 'kill' && isOn(faults) ? 'Bring back' : label,
      ),
    ),
    isReplica && h(DelayFault, { node, delayMs: faults.delayMs, apply }),
    isReplica &&
      h(
        'button',
        { type: 'button', class: 'button small', onClick: () => void apply({ fault: 'promote', node }) },
        'Promote',
      ),
  );
}
