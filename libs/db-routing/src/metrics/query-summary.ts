import { scanText } from '../routing/text/scan-text';

/** What may be told of a statement outside of the database. */
export interface QuerySummary {
  /** The first word, in upper case: SELECT, WITH, BEGIN. */
  readonly operation: string;
  /** The text without comments, each constant and parameter a `?`: no data of anybody's. */
  readonly text: string;
}

const MAX_CACHED = 1_000;

/** For traces and logs. Keeps what it has found out about the last thousand texts or so. */
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
