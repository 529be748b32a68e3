import { commentHint } from '../hints/comment-hint';
import type { RouteHint } from '../hints/route-hint';
import { commentTags } from './comment-tags';
import { fingerprintOf } from './fingerprint';
import { scanText } from './scan-text';

/** What a text contains apart from the meaning of its statement. */
export interface TextFacts {
  readonly tags: ReadonlyMap<string, string>;
  readonly hint: RouteHint | undefined;
  readonly fingerprint: string;
}

/** Only this many leading characters are scanned for comments and for the fingerprint. */
export const MAX_SCANNED_CHARS = 100_000;

/** Facts about a text. Scans it at most once, when the first fact is read. */
export function textFacts(text: string): TextFacts {
  return new LazyFacts(text);
}

const NO_TAGS: ReadonlyMap<string, string> = new Map();

class LazyFacts implements TextFacts {
  #scan: ReturnType<typeof scanText> | undefined;
  #tags: ReadonlyMap<string, string> | undefined;
  #hint: { readonly value: RouteHint | undefined } | undefined;
  #fingerprint: string | undefined;
  readonly #hasComment: boolean;

  constructor(private readonly text: string) {
    this.#hasComment = text.includes('/*');
  }

  get tags(): ReadonlyMap<string, string> {
    return (this.#tags ??= this.#hasComment ? commentTags(this.#scanned.comments) : NO_TAGS);
  }

  get hint(): RouteHint | undefined {
    if (!this.#hasComment) return undefined;
    return (this.#hint ??= { value: commentHint(this.#scanned.comments, this.tags) }).value;
  }

  get fingerprint(): string {
    return (this.#fingerprint ??= fingerprintOf(this.#scanned.skeleton));
  }

  get #scanned(): ReturnType<typeof scanText> {
    return (this.#scan ??= scanText(this.text.slice(0, MAX_SCANNED_CHARS)));
  }
}
