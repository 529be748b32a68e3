import { scanText } from '../routing/text/scan-text';

/** What may be shown of a statement outside the database. */
export interface QuerySummary {
  /** The first word, in upper case: SELECT, WITH, BEGIN. */
  readonly operation: string;
  /**
   * The text without comments, with `?` for each constant and parameter, so that it contains no user data.
   */
  readonly text: string;
}

const MAX_CACHED = 1_000;

/** Summarises statements for traces and logs. Caches up to a thousand texts, then starts over. */
export class QuerySummaries {
  readonly #known = new Map<string, QuerySummary>();

  of(text: string): QuerySummary {
    const known = this.#known.get(text);
    if (known) return known;
    const { skeleton } = scanText(text);
    const summary = { operation: /^\w*/.exec(skeleton)?.[0].toUpperCase() ?? '', text: skeleton };
    if (this.#known.size >= MAX_CACHED) this.#known.clear();
    this.#known.set(text, summary);
    return summary;
  }
}
