import { h } from 'preact';
import { connectionProblem, notice, state } from './live/state.js';
import { Explain } from './panels/explain.js';
import { Faults } from './panels/faults.js';
import { Graphs } from './panels/graphs.js';
import { Happenings } from './panels/happenings.js';
import { Load } from './panels/load.js';
import { Scores } from './panels/scores.js';
import { Stories } from './panels/stories.js';
import { Walk } from './panels/walk.js';
import { Stage } from './stage/stage.js';
import { Header } from './ui/header.js';

/** The whole page. */
export function App() {
  const now = state.value;
  return h(
    'div',
    { class: 'page' },
    h(Header, null),
    h('div', { class: 'messages', role: 'status' }, [
      connectionProblem.value && h('p', { key: 'connection', class: 'message bad' }, connectionProblem.value),
      notice.value && h('p', { key: 'notice', class: 'message bad' }, notice.value),
    ]),
    now === null
      ? h('p', { class: 'loading' }, 'Waiting for the services …')
      : h(
          'main',
          null,
          now.canFault && h(Stories, { story: now.story }),
          h(Stage, { now }),
          h(
            'div',
            { class: 'columns' },
            h(Walk, { walk: now.walk }),
            h(
              'div',
              { class: 'stack' },
              h(Scores, { scores: now.scores }),
              h(Load, { load: now.load }),
              h(Happenings, { happenings: now.happenings }),
            ),
          ),
          h(Graphs, { nodes: now.nodes }),
          now.canFault && h(Faults, { nodes: now.nodes }),
          h(Explain, { services: now.services }),
        ),
  );
}
