import { notice } from './state.js';
import { token } from './token.js';

/**
 * Sends one action to the console. What it answers; undefined when it refuses, and then the page shows why.
 *
 * @param {string} path
 * @param {object} body
 * @returns {Promise<unknown>}
 */
export async function ask(path, body) {
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-console-token': token },
      body: JSON.stringify(body),
    });
    /** @type {unknown} */
    const json = await response.json();
    const answer = /** @type {{ message?: string }} */ (json);
    notice.value = response.ok ? '' : (answer.message ?? `The console has answered ${response.status}.`);
    return response.ok ? answer : undefined;
  } catch {
    notice.value = 'The console does not answer.';
    return undefined;
  }
}
