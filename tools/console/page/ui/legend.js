import { h } from 'preact';
import { kindNames, kinds } from './kinds.js';

/** Says which dot is what. */
export function Legend() {
  return h(
    'ul',
    { class: 'legend', 'aria-label': 'Kinds of statements' },
    kindNames.map((kind) =>
      h(
        'li',
        { key: kind },
        h(
          'svg',
          { viewBox: '-8 -8 16 16', width: 14, height: 14, 'aria-hidden': 'true' },
          h('path', { class: `dot dot-${kind}`, d: kinds[kind].path }),
        ),
        kinds[kind].label,
      ),
    ),
  );
}
