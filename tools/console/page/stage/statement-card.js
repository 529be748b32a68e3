import { h } from 'preact';
import { formatMs } from '../ui/format.js';
import { kinds } from '../ui/kinds.js';

/** @import { Sample } from '../../contract' */

const WIDTH_PX = 320;
const MARGIN_PX = 8;
const ABOVE_PX = 16;

/**
 * Tells everything about one statement, next to its dot.
 *
 * @param {{ sample: Sample; x: number; y: number; width: number }} props
 */
export function StatementCard({ sample, x, y, width }) {
  const { kind, text, node, role, reason, outcome, durationMs, level, stalenessMs, service } = sample;
  const left = Math.max(MARGIN_PX, Math.min(width - WIDTH_PX - MARGIN_PX, x - WIDTH_PX / 2));
  /** @type {readonly (readonly [string, string])[]} */
  const facts = [
    ['kind', `${kinds[kind].label}, ${outcome}`],
    ['service', service],
    ['node', `${node}, ${role}`],
    ['reason', reason],
    ['staleness', stalenessMs === null ? 'not measured' : `at most ${formatMs(stalenessMs)}`],
    ['latency', formatMs(durationMs)],
    ['level', level ?? (role === 'primary' ? 'the primary itself' : 'that of its transaction')],
  ];
  return h(
    'aside',
    { class: 'statement-card', role: 'status', style: { left: `${left}px`, top: `${y + ABOVE_PX}px` } },
    h('code', null, text),
    h(
      'dl',
      null,
      facts.map(([label, value]) => h('div', { key: label }, h('dt', null, label), h('dd', null, value))),
    ),
  );
}
