import { z } from 'zod';
import { integerText } from '../validation/text-schemas';
import { encodeCursor } from './cursor';

const MAX_PAGE_SIZE = 100;
const DEFAULT_PAGE_SIZE = 20;

export interface Page<T> {
  items: T[];
  /** Pass it as `cursor` to get the next page; null on the last page. */
  nextCursor: string | null;
}

/** The `limit` of a list: 1 to 100 rows, 20 by default. */
export const pageLimit = integerText({ min: 1, max: MAX_PAGE_SIZE, fallback: DEFAULT_PAGE_SIZE });

/** Few, so that there are few texts to parse and to prepare. */
const FETCHES = [DEFAULT_PAGE_SIZE, 50, MAX_PAGE_SIZE];

/**
 * The number of rows to fetch for a page, to be written into the SQL text: at least one more than `limit`, as
 * {@link pageOf} needs.
 *
 * As a parameter, it would make PostgreSQL plan a prepared statement again at each use where a table is
 * large: for a LIMIT that may be anything, it expects a tenth of the rows, and finds planning cheaper.
 *
 * @param limit as {@link pageLimit} lets pass
 */
export function rowsToFetch(limit: number): number {
  const rows = FETCHES.find((fetch) => limit <= fetch);
  if (rows === undefined) throw new RangeError(`limit is ${limit}, and must not exceed ${MAX_PAGE_SIZE}`);
  return rows + 1;
}

/** The schema of a page, for OpenAPI. */
export function pageSchema<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

/**
 * Makes a page from more rows than `limit`, if there are more: the row after the page shows whether another
 * page follows, without a count.
 */
export function pageOf<T>(rows: T[], limit: number, keyOf: (row: T) => (string | number)[]): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const hasMore = rows.length > limit;
  return { items, nextCursor: hasMore && last !== undefined ? encodeCursor(keyOf(last)) : null };
}
