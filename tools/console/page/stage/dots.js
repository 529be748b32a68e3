import { h } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { isHeld, onSamples, state } from '../live/state.js';
import { DotField } from './dot-field.js';
import { StatementCard } from './statement-card.js';
import { Wires } from './wires.js';

/** @import { Sample } from '../../contract' */
/** @typedef {{ sample: Sample; x: number; y: number }} Shown */

/**
 * The lines and the dots over the stage, and the card of the dot that the pointer or the keyboard stops.
 *
 * @param {object} props
 * @param {{ current: HTMLDivElement | null }} props.stage
 * @param {readonly { node: string; isUp: boolean }[]} props.nodes
 */
export function Dots({ stage, nodes }) {
  const [shown, setShown] = useState(/** @type {Shown | null} */ (null));
  const wireGroup = useRef(/** @type {SVGGElement | null} */ (null));
  const dotGroup = useRef(/** @type {SVGGElement | null} */ (null));
  const drawn = useRef(/** @type {{ wires: Wires; field: DotField } | null} */ (null));
  const layOut = () => {
    const now = state.value;
    if (now)
      drawn.current?.wires.layOut(
        now.services.map(({ name }) => name),
        now.nodes.map(upOrNot),
      );
  };

  useEffect(() => {
    if (!stage.current || !wireGroup.current || !dotGroup.current) return undefined;
    const wires = new Wires(stage.current, wireGroup.current);
    const field = new DotField(dotGroup.current, wires, setShown);
    drawn.current = { wires, field };
    layOut();
    const stopListening = onSamples((samples) => field.add(samples));
    const resized = new ResizeObserver(layOut);
    resized.observe(stage.current);
    for (const place of stage.current.querySelectorAll('[data-place]')) resized.observe(place);
    const letGo = (/** @type {KeyboardEvent} */ { key }) => key === 'Escape' && field.letGo();
    document.addEventListener('keydown', letGo);
    return () => {
      document.removeEventListener('keydown', letGo);
      resized.disconnect();
      stopListening();
      field.end();
    };
  }, []);
  // The reason in a card may have become longer, and a node may be up again.
  useEffect(layOut, [JSON.stringify(nodes)]);
  useEffect(() => drawn.current?.field.hold(isHeld.value), [isHeld.value]);

  return [
    h(
      'svg',
      { key: 'picture', class: 'wires', 'aria-label': 'Statements under way', role: 'group' },
      h('g', { ref: wireGroup, 'aria-hidden': 'true' }),
      h('g', { ref: dotGroup }),
    ),
    shown && h(StatementCard, { key: 'shown', ...shown, width: stage.current?.clientWidth ?? 0 }),
  ];
}

/** @param {{ node: string; state: string }} node */
function upOrNot({ node, state: nodeState }) {
  return { node, isUp: nodeState === 'up' };
}
