import { connectionProblem, history, receive } from './state.js';
import { token } from './token.js';

/** @import { ConsoleState, HistoryPoint } from '../../contract' */

const RETRY_MS = 1_000;

/** Follows the server's events, and connects again when it was away. */
export function connect() {
  const events = new EventSource(`/events?token=${encodeURIComponent(token)}`);
  events.addEventListener('history', (event) => {
    history.value = /** @type {readonly HistoryPoint[]} */ (dataOf(event));
  });
  events.addEventListener('state', (event) => {
    connectionProblem.value = '';
    receive(/** @type {ConsoleState} */ (dataOf(event)));
  });
  events.addEventListener('refused', (event) => {
    events.close();
    connectionProblem.value = /** @type {{ message: string }} */ (dataOf(event)).message;
  });
  events.addEventListener('error', () => {
    connectionProblem.value = 'The console has stopped. This page continues when it runs again.';
    // The browser gives up after an answer that is no stream, such as that of another start.
    if (events.readyState === EventSource.CLOSED) setTimeout(() => void reloadOrConnect(), RETRY_MS);
  });
}

/** Another start has another token, which is in its page. */
async function reloadOrConnect() {
  try {
    const page = await fetch('/');
    if (page.ok && !(await page.text()).includes(token)) location.reload();
    else connect();
  } catch {
    setTimeout(() => void reloadOrConnect(), RETRY_MS);
  }
}

/**
 * @param {MessageEvent} event
 * @returns {unknown}
 */
function dataOf({ data }) {
  return JSON.parse(String(data));
}
