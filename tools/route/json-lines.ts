import { setImmediate } from 'node:timers/promises';
import type { Writable } from 'node:stream';
import { once } from 'node:events';
import type { RoutedPool, RouteExplanation } from 'db-routing';

/** The event loop gets its turn after so many statements: the nodes are being watched meanwhile. */
const LINES_AT_ONCE = 64;

/** Explains each line of `input`, a JSON string, in one line of `output`. Ends early, and well, when nobody reads on. */
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
      // Whichever comes first; a pipe that breaks never drains.
      await Promise.race([once(output, 'drain'), once(output, 'close')]).catch(() => undefined);
    }
    await setImmediate();
  }
}

/** JSON leaves characters unescaped at which some readers break a line. */
function oneLine(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Lines end with a line feed and nothing else: a JSON string may hold U+2028, where others would break a line. */
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
  return explain(pool, statement);
}

/** A text that broke the parser leaves none for a moment; what comes behind it is not to suffer for it. */
export async function explain(pool: RoutedPool, statement: string): Promise<RouteExplanation> {
  for (;;) {
    const explanation = pool.explainRoute(statement);
    if (explanation.understood.reason !== 'parser-restarting') return explanation;
    await setImmediate();
  }
}
