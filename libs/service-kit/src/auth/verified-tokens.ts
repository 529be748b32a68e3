import type { Caller } from './caller';

/** Most callers send the same token many times; so many tokens are remembered. */
const MAX_TOKENS = 10_000;
/** A key that its issuer takes back is honoured for no longer than this. */
const MAX_AGE_MS = 60_000;

interface Verified {
  readonly caller: Caller;
  readonly untilMs: number;
}

/** Tokens whose signature was found good, so that it is computed once and not with every request. */
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

  /** `expiresAtMs`: of the token, since the epoch. */
  add(token: string, caller: Caller, expiresAtMs: number): void {
    this.#tokens.set(token, { caller, untilMs: Math.min(expiresAtMs, this.nowMs() + MAX_AGE_MS) });
    if (this.#tokens.size <= MAX_TOKENS) return;
    // A Map keeps the order in which its entries came.
    const [oldest] = this.#tokens.keys();
    if (oldest !== undefined) this.#tokens.delete(oldest);
  }
}
