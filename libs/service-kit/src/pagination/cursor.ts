import { z } from 'zod';

const MAX_CURSOR_LENGTH = 512;

/** An opaque cursor: the sort key of a page's last row. */
export function encodeCursor(key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/**
 * Decodes a cursor made by `encodeCursor` and checks its key, so that a forged or corrupted cursor is a bad
 * request and never reaches a query.
 */
export function cursorOf<T extends z.ZodType>(key: T) {
  return z
    .string()
    .max(MAX_CURSOR_LENGTH)
    .transform((cursor, context): z.output<T> => {
      const parsed = key.safeParse(decode(cursor));
      if (parsed.success) return parsed.data;
      context.issues.push({
        code: 'custom',
        message: 'must be the nextCursor of a page of this list',
        input: cursor,
      });
      return z.NEVER;
    });
}

function decode(cursor: string): unknown {
  // Buffer skips characters that are not base64url, so a cursor must equal exactly what was issued.
  if (!/^[A-Za-z0-9_-]+$/.test(cursor)) return undefined;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(cursor, 'base64url')));
  } catch {
    return undefined;
  }
}
