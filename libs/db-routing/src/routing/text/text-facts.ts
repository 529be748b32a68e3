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
