import { setImmediate } from 'node:timers/promises';
import type { Writable } from 'node:stream';
import { once } from 'node:events';
import type { RoutedPool, RouteExplanation } from 'db-routing';
import { explainRoute } from '@app/service-kit';

/** After this many statements it yields to the event loop, because the pool keeps probing the nodes. */
const LINES_AT_ONCE = 64;

/**
 * Explains each line of `input`, a JSON string, in one line of `output`. Ends early and without an error when
 * the reader closes `output`.
 */
export async function explainLines(
  pool: RoutedPool,
  input: AsyncIterable<string>,
  output: Writable,
): Promise<void> {
  let number = 0;
  for await (const lines of batches(input)) {
    let text = '';
    for (const line of lines) {
      number += 1;
      text += `${oneLine(await answer(pool, line, number))}\n`;
    }
    if (output.destroyed) return;
    if (!output.write(text)) {
      // Waits for either event, because a broken pipe never drains.
      await Promise.race([once(output, 'drain'), once(output, 'close')]).catch(() => undefined);
    }
    await setImmediate();
  }
}

/** JSON does not escape some characters at which some readers break a line. */
function oneLine(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Splits lines at line feeds only: a JSON string may contain U+2028, where readline would break a line. */
async function* batches(input: AsyncIterable<string>): AsyncGenerator<string[]> {
  let rest = '';
  for await (const chunk of input) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    while (lines.length > 0) yield lines.splice(0, LINES_AT_ONCE);
  }
  if (rest !== '') yield [rest];
}

async function answer(
  pool: RoutedPool,
  line: string,
  number: number,
): Promise<RouteExplanation | { error: string }> {
  let statement: unknown;
  try {
    statement = JSON.parse(line);
  } catch (error) {
    return { error: `line ${number} is not JSON: ${(error as Error).message}` };
  }
  if (typeof statement !== 'string') {
    return { error: `line ${number} is not a JSON string: ${line.slice(0, 100)}` };
  }
  return explainRoute(pool, statement);
}
