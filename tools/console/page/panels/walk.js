import { h } from 'preact';
import { ask } from '../live/ask.js';
import { formatMs } from '../ui/format.js';
import { Panel } from '../ui/panel.js';
import { Switch } from '../ui/switch.js';

/** @import { Walk as WalkState, WalkAction, WalkStep } from '../../contract' */

/** @type {readonly (readonly [WalkAction, string])[]} */
const BUTTONS = [
  ['place', 'Place an order'],
  ['details', 'Its details'],
  ['history', 'Her history'],
  ['cancel', 'Cancel it'],
];

/**
 * Alice's walk, one click at a time.
 *
 * @param {{ walk: WalkState }} props
 */
export function Walk({ walk }) {
  return h(
    Panel,
    {
      title: "Alice's walk",
      about: 'She places an order, reads it back from both services, and cancels it.',
    },
    h(
      'div',
      { class: 'row' },
      BUTTONS.map(([action, label]) =>
        h(
          'button',
          {
            key: action,
            type: 'button',
            class: `button ${action === 'place' ? 'primary' : ''}`,
            disabled: action !== 'place' && walk.orderId === null,
            onClick: () => void ask('/walk', { action }),
          },
          label,
        ),
      ),
      h(Switch, {
        label: 'Consistency-Token',
        isOn: walk.hasToken,
        onChange: (isOn) => void ask('/walk/token', { isOn }),
      }),
    ),
    walk.last ? h(Answer, { step: walk.last }) : h('p', { class: 'about' }, 'Begin with “Place an order”.'),
  );
}

/** @param {{ step: WalkStep }} props */
function Answer({ step }) {
  const { request, hadToken, status, durationMs, headers, body, isStale, service } = step;
  return h(
    'div',
    { class: 'answer', 'aria-live': 'polite' },
    h(
      'p',
      { class: 'answer-line' },
      h('code', null, request),
      h('span', { class: status < 400 ? 'ok' : 'bad-text' }, `${status}`),
      h(
        'span',
        { class: 'about' },
        `${service}, ${formatMs(durationMs)}, ${hadToken ? 'with' : 'without'} the token`,
      ),
    ),
    isStale === true && h('p', { class: 'message bad' }, 'Stale: she misses what she has just done.'),
    isStale === false && h('p', { class: 'message good' }, 'Fresh: it shows what she has just done.'),
    h(Way, { route: headers['x-db-route'] }),
    h(
      'dl',
      { class: 'headers' },
      Object.entries(headers).map(([name, value]) =>
        h('div', { key: name }, h('dt', null, name), h('dd', null, value)),
      ),
    ),
    h('pre', { tabIndex: 0, 'aria-label': 'Body of the answer' }, JSON.stringify(body, null, 1)),
  );
}

/**
 * The nodes that ran the request's statements, in their order.
 *
 * @param {{ route: string | undefined }} props
 */
function Way({ route }) {
  if (route === undefined) return null;
  return h(
    'ol',
    { class: 'way', 'aria-label': 'The way it took' },
    route.split(', ').map((stop, index) => {
      const { node, role, reason, staleness } = factsOf(stop);
      const age = role === 'replica' ? `, at most ${staleness} ms stale` : '';
      return h('li', { key: index }, h('strong', null, role), ` ${node}, ${reason}${age}`);
    }),
  );
}

/**
 * The facts in one stop of `x-db-route`: node=…;role=…;reason=…;staleness=…
 *
 * @param {string} stop
 */
function factsOf(stop) {
  const facts = new Map(
    stop.split(';').map((part) => {
      const [name = '', value = ''] = part.split('=');
      return [name, value];
    }),
  );
  const fact = (/** @type {string} */ name) => facts.get(name) ?? '';
  return { node: fact('node'), role: fact('role'), reason: fact('reason'), staleness: fact('staleness') };
}
