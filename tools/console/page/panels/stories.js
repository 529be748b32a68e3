import { h } from 'preact';
import { ask } from '../live/ask.js';

/** @import { StoryName, StoryPicture } from '../../contract' */

/** @type {readonly (readonly [StoryName, string])[]} */
const STORIES = [
  ['replica-lags', 'A replica lags'],
  ['primary-dies', 'The primary dies'],
];

/**
 * The stories that tell themselves in less than a minute.
 *
 * @param {{ story: StoryPicture | null }} props
 */
export function Stories({ story }) {
  const running = story?.isRunning ? story.name : undefined;
  return h(
    'section',
    { class: 'stories', 'aria-label': 'Stories' },
    h('span', { class: 'about' }, 'Watch what happens when'),
    STORIES.map(([name, label]) =>
      h(
        'button',
        {
          key: name,
          type: 'button',
          class: 'button',
          'aria-pressed': running === name,
          onClick: () => void ask('/story', { name: running === name ? null : name }),
        },
        running === name ? `Stop “${label}”` : label,
      ),
    ),
    h('p', { class: 'caption', role: 'status' }, story?.caption ?? ''),
  );
}
