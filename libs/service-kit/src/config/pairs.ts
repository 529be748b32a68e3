import { z } from 'zod';

/**
 * Parses comma-separated `name=value` pairs into an object; undefined when there are none. `valueOf` returns
 * undefined for an invalid value; `shape` describes the expected format.
 */
export function pairsText<T>({
  valueOf,
  shape,
}: {
  valueOf: (text: string) => T | undefined;
  shape: string;
}) {
  return z
    .string()
    .transform((text, context): Readonly<Record<string, T>> => {
      const pairs = pairsIn(text).map(({ name, value }) => [name, valueOf(value)] as const);
      const isRight = pairs.every(([name, value]) => name !== '' && value !== undefined);
      if (isRight && new Set(pairs.map(([name]) => name)).size === pairs.length) {
        return Object.fromEntries(pairs) as Record<string, T>;
      }
      context.issues.push({ code: 'custom', message: `must be ${shape}`, input: text });
      return z.NEVER;
    })
    .optional();
}

/** The pairs of the text, valid or not. Values contain no `=`; names, such as socket directories, may. */
export function pairsIn(text: string): readonly { readonly name: string; readonly value: string }[] {
  if (text === '') return [];
  return text.split(',').map((pair) => {
    const at = pair.lastIndexOf('=');
    return { name: pair.slice(0, Math.max(at, 0)).trim(), value: pair.slice(at + 1).trim() };
  });
}
