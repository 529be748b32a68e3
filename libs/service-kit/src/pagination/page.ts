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

/** The schema of a page, for OpenAPI. */
export function pageSchema<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

/**
 * Makes a page from rows fetched with one row more than `limit`. The extra row shows whether another page
 * follows, without a count.
 */
export function pageOf<T>(rows: T[], limit: number, keyOf: (row: T) => (string | number)[]): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const hasMore = rows.length > limit;
  return { items, nextCursor: hasMore && last !== undefined ? encodeCursor(keyOf(last)) : null };
}
