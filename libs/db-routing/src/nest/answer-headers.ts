import type { ServerResponse } from 'node:http';

/**
 * Calls `act` once, when the response is about to send its headers, in whichever way: Node itself comes by writeHead(). Other wrappers of
 * writeHead(), before this one or after it, go on working.
 */
export function beforeHeaders(response: ServerResponse, act: () => void): void {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called on its response below
  const { writeHead } = response;
  let hasActed = false;
  Reflect.set(response, 'writeHead', function (this: ServerResponse, ...args: unknown[]): unknown {
    if (!hasActed) {
      hasActed = true;
      act();
    }
    const answer: unknown = Reflect.apply(writeHead, this, args);
    return answer;
  });
}
