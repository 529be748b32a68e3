import { signal } from '@preact/signals';

/** @import { ConsoleState, HistoryPoint, Sample } from '../../contract' */

/** Two minutes, as the server keeps them. */
const MAX_POINTS = 240;

/** What the server says now; null until it has said anything. */
export const state = signal(/** @type {ConsoleState | null} */ (null));

/** The last two minutes. */
export const history = signal(/** @type {readonly HistoryPoint[]} */ ([]));

/** Why nothing new arrives from the console's server; empty while it does. */
export const connectionProblem = signal('');

/** The answer to the last click that failed. */
export const notice = signal('');

/** Whether the dots of the picture stand still. */
export const isHeld = signal(false);

/** @type {Set<(samples: readonly Sample[]) => void>} */
const sampleListeners = new Set();

/** @param {(samples: readonly Sample[]) => void} listener */
export function onSamples(listener) {
  sampleListeners.add(listener);
  return () => sampleListeners.delete(listener);
}

/** @param {ConsoleState} next */
export function receive(next) {
  state.value = next;
  history.value = [...history.value, next.point].slice(-MAX_POINTS);
  for (const listener of sampleListeners) listener(next.samples);
}
