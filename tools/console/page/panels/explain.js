import { h } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from '../live/ask.js';
import { Panel } from '../ui/panel.js';

/** @import { ServicePicture } from '../../contract' */

/**
 * The part of an explanation that the page shows: docs/observability.md.
 *
 * @typedef {object} Explanation
 * @property {'primary' | 'replica'} target
 * @property {{ kind: string; reason: string; detail: string | null; tables: readonly string[] }} understood
 * @property {{ index: number; name?: string } | null} rule
 * @property {{ node: string; role: string; reason: string } | null} decision
 * @property {string | null} refusal
 * @property {{ reason: string }} requirement
 * @property {readonly { node: string; role: string; state: string; why: string }[]} leftOut
 */

const EXAMPLE = 'SELECT count(*) FROM orders';

/**
 * Says where a statement would go now, and why.
 *
 * @param {{ services: readonly ServicePicture[] }} props
 */
export function Explain({ services }) {
  const [sql, setSql] = useState(EXAMPLE);
  const [service, setService] = useState(services[0]?.name ?? '');
  const [explained, setExplained] = useState(/** @type {Explanation | null} */ (null));
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const answer = await ask('/explain', { service, sql });
    if (answer !== undefined) setExplained(/** @type {Explanation} */ (answer));
  };
  return h(
    Panel,
    { title: 'Explain', about: 'Where a statement would go now. Nothing is sent to a node.' },
    h(
      'form',
      { class: 'explain', onSubmit: (/** @type {Event} */ event) => void submit(event) },
      h('label', { for: 'explain-sql' }, 'SQL'),
      h('textarea', {
        id: 'explain-sql',
        rows: 3,
        spellcheck: false,
        value: sql,
        onInput: (/** @type {Event} */ { currentTarget }) =>
          setSql(/** @type {HTMLTextAreaElement} */ (currentTarget).value),
      }),
      h(
        'div',
        { class: 'row' },
        h(
          'select',
          {
            'aria-label': 'Service',
            value: service,
            onChange: (/** @type {Event} */ { currentTarget }) =>
              setService(/** @type {HTMLSelectElement} */ (currentTarget).value),
          },
          services.map(({ name }) => h('option', { key: name, value: name }, name)),
        ),
        h('button', { type: 'submit', class: 'button primary' }, 'Explain'),
      ),
    ),
    explained && h(Answer, { explained }),
  );
}

/** @param {{ explained: Explanation }} props */
function Answer({ explained }) {
  const { understood, target, rule, decision, refusal, requirement, leftOut } = explained;
  const { kind, reason, detail, tables } = understood;
  /** @type {readonly (readonly [string, string])[]} */
  const facts = [
    ['kind', [kind, ...tables].join(' ')],
    ['target', `${target} (${requirement.reason})`],
    ['reason', detail === null ? reason : `${reason}, ${detail}`],
    ['rule', rule ? (rule.name ?? `number ${rule.index}`) : 'none'],
    ['goes to', decision ? `${decision.node}, ${decision.role}: ${decision.reason}` : `nowhere: ${refusal}`],
    ...leftOut.map(({ node, role, why }) => /** @type {const} */ ([`not ${node}`, `${role}: ${why}`])),
  ];
  return h(
    'dl',
    { class: 'headers explained', 'aria-live': 'polite' },
    facts.map(([label, value]) => h('div', { key: label }, h('dt', null, label), h('dd', null, value))),
  );
}
