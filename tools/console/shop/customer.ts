import { CONSISTENCY_HEADER } from 'db-routing';
import { mintDevelopmentToken } from '@app/service-kit';
import type { ShopAnswer, ShopClient, ShopRequest } from './shop-client';

const HOUR_MS = 3_600_000;

/** A customer of both services, with an access token and a session. */
export class Customer {
  /** The newest position that any answer has carried. */
  consistencyToken: string | undefined;
  readonly #access: AccessToken;

  constructor(
    private readonly name: string,
    access = new AccessToken(name),
  ) {
    this.#access = access;
  }

  /** The same customer on another device: what one session has seen, the other need not see. */
  inNewSession(): Customer {
    return new Customer(this.name, this.#access);
  }

  /** `hasToken`: whether the request continues the session. Every answer advances it. */
  async send(
    client: ShopClient,
    request: Omit<ShopRequest, 'accessToken' | 'consistencyToken'>,
    { hasToken }: { readonly hasToken: boolean },
  ): Promise<ShopAnswer> {
    const accessToken = await this.#access.get();
    const consistencyToken = hasToken ? this.consistencyToken : undefined;
    const answer = await client.send({ ...request, accessToken, consistencyToken });
    // What an answer without the session has seen may be older than the session.
    if (hasToken || request.method === 'POST') {
      this.consistencyToken = answer.headers[CONSISTENCY_HEADER] ?? this.consistencyToken;
    }
    return answer;
  }
}

/** Development tokens are valid for twelve hours. */
class AccessToken {
  #minted: Promise<string> | undefined;
  #mintedAtMs = 0;

  constructor(private readonly customer: string) {}

  get(): Promise<string> {
    if (!this.#minted || Date.now() - this.#mintedAtMs > HOUR_MS) {
      this.#mintedAtMs = Date.now();
      this.#minted = mintDevelopmentToken(this.customer);
    }
    return this.#minted;
  }
}
