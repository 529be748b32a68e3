import type { ServerResponse } from 'node:http';

/**
 * Calls `act` once, just before the response sends its headers, in whichever way it does: all of them end in
 * Node's writeHead(). Other wrappers of writeHead(), made before or after this one, keep working.
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
