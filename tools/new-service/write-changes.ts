import { join } from 'node:path';
import { format, getFileInfo, resolveConfig } from 'prettier';
import type { Changes } from './changes';
import { writeAll } from './write-all';

/** Writes all files, formatted: nothing is written when one of them cannot be formatted or written. */
export async function writeChanges(root: string, { created, edited }: Changes): Promise<void> {
  const files = await Promise.all(
    [...created, ...edited].map(
      async ([path, text]) => [path, await formatted(join(root, path), text)] as const,
    ),
  );
  writeAll(root, new Map(files));
}

/** Formats what the formatter knows; it knows no SQL, no shell scripts and no .env files. */
async function formatted(file: string, text: string): Promise<string> {
  const { inferredParser } = await getFileInfo(file);
  if (inferredParser === null) return text;
  return format(text, { ...(await resolveConfig(file)), filepath: file });
}
