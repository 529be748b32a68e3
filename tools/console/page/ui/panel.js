import { h } from 'preact';

/** @import { ComponentChildren } from 'preact' */

/**
 * A part of the page, with a heading.
 *
 * @param {object} props
 * @param {string} props.title
 * @param {string} [props.about]
 * @param {string} [props.className]
 * @param {ComponentChildren} [props.children]
 */
export function Panel({ title, about, className = '', children }) {
  const id = `panel-${title.toLowerCase().replaceAll(/[^a-z]+/g, '-')}`;
  return h(
    'section',
    { class: `panel ${className}`, 'aria-labelledby': id },
    h('h2', { id }, title),
    about && h('p', { class: 'about' }, about),
    children,
  );
}
