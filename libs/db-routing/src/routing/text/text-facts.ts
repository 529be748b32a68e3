import { commentHint } from '../hints/comment-hint';
import type { RouteHint } from '../hints/route-hint';
import { commentTags } from './comment-tags';
import { fingerprintOf } from './fingerprint';
import { scanText } from './scan-text';

/** What a text says beside what its statement means. */
export interface TextFacts {
  readonly tags: ReadonlyMap<string, string>;
  readonly hint: RouteHint | undefined;
  readonly fingerprint: string;
}

/** A text longer than this is not searched for comments, and no pattern is tried on more of it. */
export const MAX_SCANNED_CHARS = 100_000;

/** Scans the text only when something is asked for, and once. */
export function textFacts(text: string): TextFacts {
  const scanned = lazy(() => scanText(text.slice(0, MAX_SCANNED_CHARS)));
  const hasComment = text.includes('/*');
  const tags = lazy(() => (hasComment ? commentTags(scanned().comments) : NO_TAGS));
  const hint = lazy(() => (hasComment ? commentHint(scanned().comments, tags()) : undefined));
  const fingerprint = lazy(() => fingerprintOf(scanned().skeleton));
  return {
    get tags() {
      return tags();
    },
    get hint() {
      return hint();
    },
    get fingerprint() {
      return fingerprint();
    },
  };
}

const NO_TAGS: ReadonlyMap<string, string> = new Map();

function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
