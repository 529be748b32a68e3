import { h } from 'preact';
import { formatTime } from '../ui/format.js';
import { Panel } from '../ui/panel.js';

/** @import { Happening } from '../../contract' */

/**
 * What has changed, the newest first.
 *
 * @param {{ happenings: readonly Happening[] }} props
 */
export function Happenings({ happenings }) {
  return h(
    Panel,
    { title: 'What happened' },
    h(
      'ol',
      {
        class: 'happenings',
        'aria-live': 'polite',
        tabIndex: 0,
        'aria-label': 'What happened, the newest first',
      },
      happenings.length === 0 && h('li', { class: 'about' }, 'Nothing yet: every node is as it was.'),
      [...happenings]
        .reverse()
        .map(({ id, atMs, text, tone }) =>
          h(
            'li',
            { key: id, class: `tone-${tone}` },
            h('time', null, formatTime(atMs)),
            h('span', null, text),
          ),
        ),
    ),
  );
}
