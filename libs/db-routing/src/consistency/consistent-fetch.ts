import { CONSISTENCY_HEADER, MAX_TOKENS } from './consistency-token';
import { currentConsistencyToken, takeOverToken, TokenCarrier } from './token-carrier';

type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

const BAD_REQUEST = 400;

/**
 * Wraps `fetch` so that it carries the session. Inside a request of a service, it carries that request's
 * session to the called service and back. Elsewhere, in a client, the returned function is one session: each
 * answer is at least as fresh as everything that it has written and seen before.
 */
export function consistentFetch(fetchOf: Fetch = fetch): Fetch {
  const client = new HeldTokens();
  return async (input, init) => {
    if (TokenCarrier.current()) {
      const token = currentConsistencyToken();
      const response = await fetchOf(input, withToken(input, init, token));
      const answered = response.headers.get(CONSISTENCY_HEADER);
      if (answered !== null) takeOverToken(answered);
      return response;
    }
    const sent = client.all;
    const response = await fetchOf(input, withToken(input, init, sent.join(',')));
    // The service refused the tokens before it did anything: its keys were replaced, or the customer is now
    // another one.
    if (response.status === BAD_REQUEST && sent.length > 0 && (await isAboutToken(response))) {
      client.drop(sent);
      return fetchOf(input, withToken(input, init, undefined));
    }
    client.replace(sent, response.headers.get(CONSISTENCY_HEADER));
    return response;
  };
}

/**
 * Tokens that no later answer supersedes. The token of an answer covers the tokens of its request; concurrent
 * requests leave one each, and only the services can tell which is the later one.
 */
class HeldTokens {
  #tokens: readonly string[] = [];

  get all(): readonly string[] {
    return this.#tokens;
  }

  replace(sent: readonly string[], token: string | null): void {
    if (token === null) return;
    this.drop(sent);
    if (!this.#tokens.includes(token)) this.#tokens = [...this.#tokens, token].slice(-MAX_TOKENS);
  }

  drop(sent: readonly string[]): void {
    this.#tokens = this.#tokens.filter((token) => !sent.includes(token));
  }
}

function withToken(
  input: string | URL | Request,
  init: RequestInit | undefined,
  token: string | undefined,
): RequestInit | undefined {
  if (token === undefined || token === '') return init;
  const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
  headers.set(CONSISTENCY_HEADER, token);
  return { ...init, headers };
}

async function isAboutToken(response: Response): Promise<boolean> {
  try {
    return (await response.clone().text()).toLowerCase().includes(CONSISTENCY_HEADER);
  } catch {
    return false;
  }
}
