import type { Caller } from './caller';

/** How many tokens are remembered; most callers send the same token many times. */
const MAX_TOKENS = 10_000;
/** Limits how long a key that its issuer has revoked is still accepted. */
const MAX_AGE_MS = 60_000;

interface Verified {
  readonly caller: Caller;
  readonly untilMs: number;
}

/** Tokens whose signature was valid, so that it is not computed again for every request. */
export class VerifiedTokens {
  readonly #tokens = new Map<string, Verified>();

  constructor(private readonly nowMs: () => number = Date.now) {}

  get size(): number {
    return this.#tokens.size;
  }

  callerOf(token: string): Caller | undefined {
    const verified = this.#tokens.get(token);
    if (!verified) return undefined;
    if (verified.untilMs > this.nowMs()) return verified.caller;
    this.#tokens.delete(token);
    return undefined;
  }

  /** `expiresAtMs`: when the token expires, since the epoch. */
  add(token: string, caller: Caller, expiresAtMs: number): void {
    this.#tokens.set(token, { caller, untilMs: Math.min(expiresAtMs, this.nowMs() + MAX_AGE_MS) });
    if (this.#tokens.size <= MAX_TOKENS) return;
    // A Map keeps its entries in insertion order.
    const [oldest] = this.#tokens.keys();
    if (oldest !== undefined) this.#tokens.delete(oldest);
  }
}
